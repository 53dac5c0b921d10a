// Two grids judged without their names: picture by picture, or as wholes; the sides are shuffled each time, then revealed.

const LARGEST_CHOICE = 320 // pixels of the page's width, about, that each of the two takes

class Blind {
  constructor(viewer) {
    this.viewer = viewer
    this.box = element("div", "blind")
    this.chooser = new PairChooser(viewer) // before they lose their names
    this.trials = null // [{number | null, swapped, chosen: 0 first, 1 second, null cannot say, undefined not judged}]
    this.key_ = ""
  }

  get frames() {
    return [this.viewer.sideOf(0)[1], this.viewer.sideOf(1)[1]]
  }

  show() {
    const [one, other] = this.frames
    const key = `${one?.key}|${other?.key}`
    if (key !== this.key_) {
      this.key_ = key
      this.trials = null
    }
    if (!one || !other) {
      this.box.replaceChildren(element("div", "empty", "One of the two has nothing at this epoch. Go back to the columns and move the slider."))
      return
    }
    if (!this.trials) this.showStart()
    else if (this.revealed) this.showReveal()
    else this.showTrial()
  }

  layOut() {}

  // ---- before

  showStart() {
    const { viewer } = this
    this.chooser.show()
    const pictures = this.frames.map(frame => take(frame.key))
    const [i, j] = [viewer.sideOf(0)[0], viewer.sideOf(1)[0]]
    const here = pictures.every(Boolean)
    const columns = viewer.data.columns
    const linked = columns[i].linked && columns[j].linked
    const count = here ? Math.min(countOf(columns[i], pictures[0]), countOf(columns[j], pictures[1])) : 0
    const start = element("div", "start")
    start.append(
      element("p", "", "You see two pictures of the same latent, without a word on which is which, the sides shuffled each time. Choose the better one. At the end it is revealed how often each side won."),
      this.chooser.box)
    const choices = element("div", "choices")
    const sizes = [...new Set([12, 24, count].filter(number => number <= count))]
    for (const number of linked ? sizes : []) {
      const words = number === count ? `All ${count} pictures` : `${number} pictures`
      choices.append(button(words, `Judge ${words.toLowerCase()}`, () => this.begin(number, count)))
    }
    choices.append(button("The whole grids", "Judge the whole grids, once", () => this.begin(0, count)))
    for (const made of choices.children) made.disabled = !here
    start.append(choices)
    if (!here) start.append(element("p", "dim", "The pictures are on their way…"))
    this.box.replaceChildren(start)
  }

  // picked: how many latents, drawn by chance; 0: the grids as wholes
  begin(picked, count) {
    const numbers = picked ? shuffled([...Array(count).keys()]).slice(0, picked) : [null]
    this.trials = numbers.map(number => ({ number, swapped: chance() }))
    this.now = 0
    this.revealed = false
    this.names = [0, 1].map(which => labelOf(this.viewer, which))
    this.show()
    this.box.querySelector("button")?.focus({ focusVisible: false, preventScroll: true })
  }

  // ---- while

  // side: 0 left, 1 right, null cannot say
  judge(side) {
    const trial = this.trials[this.now]
    trial.chosen = side === null ? null : trial.swapped ? 1 - side : side
    this.now++
    if (this.now >= this.trials.length) this.revealed = true
    this.show()
  }

  undo() {
    if (this.now === 0) return
    this.now--
    delete this.trials[this.now].chosen
    this.show()
  }

  key(event) {
    if (!this.trials || this.revealed) return false
    if (event.key === "ArrowLeft") this.judge(0)
    else if (event.key === "ArrowRight") this.judge(1)
    else if (event.key === "ArrowDown") this.judge(null)
    else if (event.key === "Backspace") this.undo()
    else return false
    return true
  }

  showTrial() {
    const trial = this.trials[this.now]
    const sides = trial.swapped ? [1, 0] : [0, 1]
    const two = element("div", "two")
    sides.forEach((which, side) => {
      const name = side ? "Right" : "Left"
      const choice = button("", `${name} is better`, () => this.judge(side))
      choice.className = "choice"
      const frame = element("div", "frame")
      frame.append(this.pictureOf(which, trial.number, trial.number === null ? null : LARGEST_CHOICE, name))
      choice.append(frame, element("span", "", side ? `${name} →` : `← ${name}`))
      two.append(choice)
    })
    const foot = element("div", "choices")
    const judged = this.now
    foot.append(button("Cannot say ↓", "Cannot say", () => this.judge(null)), button("Back", "Judge the last one again", () => this.undo()))
    foot.lastChild.disabled = judged === 0
    foot.append(element("span", "dim", this.trials.length > 1 ? `${judged + 1} of ${this.trials.length}` : ""))
    if (judged > 0) {
      foot.append(button("Reveal now", "Reveal now, with what was judged so far", () => {
        this.trials.length = judged
        this.revealed = true
        this.show()
      }))
    }
    foot.append(button("Stop", "Stop without revealing", () => this.again()))
    this.box.replaceChildren(element("p", "question", "Which is better?"), two, foot)
  }

  // Both at one size, whatever their pixels: a size would tell them apart.
  pictureOf(which, number, width, alt) {
    const { viewer } = this
    const [i, frame] = viewer.sideOf(which)
    const column = viewer.data.columns[i]
    const picture = take(frame.key)
    if (!picture) return element("div", "empty", "On its way…")
    const largest = Math.max(...[0, 1].map(side => viewer.data.columns[viewer.sideOf(side)[0]].cell))
    const same = Math.max(1, Math.floor(largest / column.cell))
    const room = Math.min(width ?? Infinity, (viewer.root.clientWidth - 48) / 2)
    const whole = number === null ? largest * acrossOf(column, picture) : largest
    const sheet = new Sheet()
    sheet.show(frame.key, picture, alt)
    sheet.place(column, Math.max(1, Math.floor(room / whole)) * same, number)
    return sheet.box
  }

  // ---- after

  again() {
    this.trials = null
    this.show()
  }

  showReveal() {
    const wins = [0, 1].map(which => this.trials.filter(trial => trial.chosen === which).length)
    const equal = this.trials.filter(trial => trial.chosen === null).length
    const total = this.trials.length
    const reveal = element("div", "reveal")
    reveal.setAttribute("role", "status")
    reveal.append(element("p", "question", this.verdict(wins, equal, total)))
    for (const which of [0, 1]) {
      const row = element("div", "tally")
      const bar = element("span", "bar")
      bar.style.width = `${100 * wins[which] / total}%`
      bar.style.background = this.viewer.colour(which === 0 ? 0 : 1)
      const track = element("span", "track")
      track.append(bar)
      row.append(element("span", "name", this.names[which]), track, bold(`${wins[which]} of ${total}`))
      reveal.append(row)
    }
    if (total > 1) reveal.append(element("p", "dim", this.inWords(wins, equal)))
    if (this.trials[0].number !== null) reveal.append(this.sheetOfChoices())
    const foot = element("div", "choices")
    foot.append(button("Judge again", "Judge again, shuffled anew", () => this.again()), button("Back to the columns", "Back to the columns", () => { this.again(); this.viewer.setMode("side") }))
    reveal.append(foot)
    this.box.replaceChildren(reveal)
  }

  verdict(wins, equal, total) {
    if (total === 1) return equal ? "You could not say." : `You chose ${this.names[wins[1]]}.`
    if (wins[0] === wins[1]) return `Even: ${wins[0]} to ${wins[1]}${equal ? `, ${equal} you could not say` : ""}.`
    const better = wins[0] > wins[1] ? 0 : 1
    return `${this.names[better]} won ${wins[better]} to ${wins[1 - better]}${equal ? `; ${equal} you could not say` : ""}.`
  }

  inWords(wins) {
    const decided = wins[0] + wins[1]
    if (!decided) return "Nothing was decided."
    const p = signTest(wins[0], decided)
    const said = p < 0.001 ? "less than 0.1 %" : `${(100 * p).toFixed(p < 0.1 ? 1 : 0)} %`
    return `Somebody who guesses would come out at least this uneven in ${said} of such comparisons (sign test, two-sided). ${p < 0.05 ? "That is unlikely to be chance, for you and these latents." : "So chance explains it."}`
  }

  // Every pair that was judged, names restored; the chosen one is framed.
  sheetOfChoices() {
    const sheet = element("div", "judged")
    for (const trial of this.trials) {
      const pair = element("figure")
      for (const which of [0, 1]) {
        const picture = this.pictureOf(which, trial.number, 64, `${this.names[which]}, latent ${trial.number + 1}`)
        picture.classList.toggle("won", trial.chosen === which)
        pair.append(picture)
      }
      pair.append(element("figcaption", "", String(trial.number + 1)))
      sheet.append(pair)
    }
    const heads = element("p", "dim", `Left of each pair: ${this.names[0]}. Right: ${this.names[1]}. What you chose is framed.`)
    const both = element("div")
    both.append(heads, sheet)
    return both
  }
}

function chance() {
  return crypto.getRandomValues(new Uint8Array(1))[0] > 127
}

function shuffled(items) {
  for (let i = items.length - 1; i > 0; i--) {
    const j = crypto.getRandomValues(new Uint32Array(1))[0] % (i + 1)
    ;[items[i], items[j]] = [items[j], items[i]]
  }
  return items
}

// Probability that fair coins fall at least as unevenly as `heads` of `count`.
function signTest(heads, count) {
  const least = Math.min(heads, count - heads)
  let term = 0.5 ** count
  let tail = 0
  for (let k = 0; k <= least; k++) {
    tail += term
    term = term * (count - k) / (k + 1)
  }
  return Math.min(1, 2 * tail)
}
