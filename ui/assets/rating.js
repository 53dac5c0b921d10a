// The rating card. See ui/rating.py for what it is told and what it tells.

const KEPT = 6             // showings whose pictures stay decoded
const AGAIN_MS = 8000      // without a word from the server, an answer is sent again; one showing is one vote
const RETRY_MS = 2500      // a picture that could not be fetched is asked for again
const BLOCK = 40           // timed pictures between two rests

const held = new Map()     // showing -> { images, ready }; outlives a card that is drawn anew
const cards = new WeakMap()
let unsaved = null         // an answer that the server has not confirmed; outlives a card that is drawn anew

export default function (component) {
  const { parentElement } = component
  let card = cards.get(parentElement)
  if (!card) cards.set(parentElement, (card = new RatingCard(parentElement.querySelector(".card"))))
  card.receive(component)
  return () => card.close()
}

class RatingCard {
  constructor(root) {
    this.root = root
    this.find = name => root.querySelector(name)
    this.showing = null     // the one on screen
    this.phase = ""         // loading, open, where, sent, verdict, pause, flash
    this.run = -1
    this.clock = 0          // when the picture came on screen; 0: no answer is taken yet
    this.inBlock = 0
    this.find(".undo").onclick = () => this.undo()
    this.find(".help").onclick = () => this.help()
    this.find(".frame").onclick = event => this.touch(event)
    this.onKey = event => this.key(event)
    this.onSize = () => this.fit()
    this.onLine = () => this.resend()
    this.onHide = () => this.lookAway()
    this.sizes = new ResizeObserver(this.onSize)
  }

  close() {
    this.listening = false
    this.sizes.disconnect()
    document.removeEventListener("keydown", this.onKey)
    window.removeEventListener("resize", this.onSize)
    window.removeEventListener("online", this.onLine)
    document.removeEventListener("visibilitychange", this.onHide)
    clearTimeout(this.resending)
    clearTimeout(this.fetching)
    this.trial?.stop()
  }

  listen() {
    if (this.listening) return
    this.listening = true
    this.sizes.observe(this.root)
    document.addEventListener("keydown", this.onKey)
    window.addEventListener("resize", this.onSize)
    window.addEventListener("online", this.onLine)
    document.addEventListener("visibilitychange", this.onHide)
  }

  // ---- what the server says

  receive({ data: [data], setTriggerValue }) {
    const before = this.data
    this.data = data
    this.send = setTriggerValue
    this.listen()
    this.remember()
    for (const showing of [data.current, data.upcoming]) this.hold(showing)
    this.dress(before)
    const isNews = data.run !== this.run
    this.run = data.run
    if (data.preview) { this.preview(); return }
    if (this.phase === "verdict" || this.phase === "pause") return // it goes on when the rater says so
    if (unsaved && (!data.current || data.current.id !== unsaved.presentation)) this.accepted()
    else if (isNews && data.refusal) this.refused()
    else if (isNews && this.phase === "sent" && !unsaved && data.current?.id === this.showing) this.open() // nothing undone
    if (this.phase !== "verdict") this.advance()
    if (unsaved && before?.page !== data.page) this.post() // drawn anew, or a session began again: it may be lost
  }

  remember() {
    const { key, rater } = this.data.memory
    if (!rater) return
    try { localStorage.setItem(key, rater) } catch { /* a private window or a frame: the address still knows */ }
  }

  hold(showing) {
    if (!showing?.sources || held.has(showing.id)) return
    const images = showing.sources.map(source => {
      const image = new Image()
      image.draggable = false
      image.src = address(source)
      return image
    })
    const entry = { images, failed: false }
    entry.ready = Promise.all(images.map(image => image.decode())).catch(() => { entry.failed = true })
    held.set(showing.id, entry)
    for (const id of [...held.keys()].slice(0, -KEPT)) held.delete(id)
  }

  accepted() {
    const feedback = this.data.feedback
    const mine = feedback && feedback.id === unsaved.presentation && this.showing === feedback.id
    this.settle()
    if (mine) this.verdict(feedback)
  }

  refused() {
    this.settle()
    this.say(this.data.refusal, true)
    if (this.showing && this.showing === this.data.current?.id) this.open()
  }

  settle() {
    unsaved = null
    clearTimeout(this.resending)
    this.find(".chosen")?.classList.remove("chosen")
    this.find(".dot")?.remove()
  }

  // ---- the texts and buttons, which hardly ever change

  dress(before) {
    const { data } = this
    const { texts } = data
    const sign = JSON.stringify([data.question, data.answers, data.instructions, texts])
    if (sign !== this.sign) {
      this.sign = sign
      this.root.lang = data.language
      this.root.setAttribute("aria-label", texts.card)
      this.find(".progress").setAttribute("aria-label", texts.progress)
      this.find(".question").textContent = data.question
      this.find(".instructions").textContent = data.instructions
      this.find(".help").hidden = !data.instructions
      this.find(".help").setAttribute("aria-label", texts.instructions)
      this.find(".help").title = texts.instructions
      this.find(".undo span").textContent = texts.undo
      this.find(".badge").textContent = texts.practice
      this.find(".skip").textContent = texts.where_skip
      this.find(".skip").onclick = () => this.give(null)
      this.find(".answers").className = `answers ${data.form} of-${data.answers.length}`
      this.find(".answers").replaceChildren(...data.answers.map(answer => this.button(answer)))
      const labelled = data.form === "scale" && data.answers[0].label
      this.find(".ends").hidden = !labelled
      if (labelled) {
        const [first, last] = [data.answers[0], data.answers.at(-1)]
        this.find(".ends").children[0].textContent = `${first.value} ${first.label}`
        this.find(".ends").children[1].textContent = `${last.value} ${last.label}`
      }
    }
    const counted = Math.min(data.done + 1, data.total)
    this.find(".count").textContent = texts.count.replace("{number}", counted).replace("{total}", data.total)
    this.find(".undo").disabled = !data.can_undo
    this.find(".progress").setAttribute("aria-valuemax", data.total)
    this.find(".progress").setAttribute("aria-valuenow", data.done)
    this.find(".bar").style.width = `${100 * data.done / data.total}%`
    this.root.style.setProperty("--ratio", data.width / data.height)
    this.root.dataset.pictures = data.pictures
    if (!before) this.fit()
  }

  button({ value, label, key }) {
    const button = document.createElement("button")
    button.type = "button"
    button.dataset.value = value
    const strong = document.createElement("b")
    const small = document.createElement("small")
    const hint = document.createElement("kbd")
    strong.textContent = this.data.form === "scale" ? value : label
    small.textContent = this.data.form === "scale" ? label : ""
    hint.textContent = key ?? ""
    hint.setAttribute("aria-hidden", "true")
    button.setAttribute("aria-label", this.data.form === "scale" && label ? `${value}, ${label}` : strong.textContent)
    button.append(strong, small, hint)
    button.onclick = () => this.choose(value)
    return button
  }

  help() {
    const shown = this.root.classList.toggle("helping")
    this.find(".help").setAttribute("aria-expanded", String(shown))
    this.fit()
  }

  // The text is set anew even if it is the same, so that screen readers say it again.
  say(text, isRefusal = false) {
    const status = this.find(".status")
    status.replaceChildren(text)
    status.classList.toggle("refused", isRefusal)
    if (text) this.fit()
  }

  // ---- as large as it can be

  fit() {
    const { data, root } = this
    if (!data || !root.isConnected) return
    const frame = this.find(".frame")
    const ratio = data.width / data.height
    const gap = 8
    const width = frame.parentElement.clientWidth
    const wide = getComputedStyle(root).getPropertyValue("--beside").trim() === "1" // answers stand beside the pictures
    let above = 0 // a preview may stand far down its page: there it is as large as a window of its own would show it
    if (!data.preview) {
      above = root.getBoundingClientRect().top
      for (let node = root; node; node = node.parentNode ?? node.host) above += node.scrollTop ?? 0
    }
    const besides = [...root.children].filter(part => !part.contains(frame) && getComputedStyle(part).display !== "none")
    const taken = wide ? 56 : besides.reduce((sum, part) => sum + part.offsetHeight + marginsOf(part), 24)
    const height = Math.max(window.innerHeight - above - taken, 150)
    const single = Math.min(width, height * ratio, data.width)
    if (data.pictures === 1) { this.size(single, false); return }
    const beside = Math.min((width - gap) / 2, height * ratio, data.width)
    const stacked = Math.min(width, (height - gap) / 2 * ratio, data.width)
    this.size(Math.max(beside, stacked), stacked > 1.08 * beside)
  }

  size(side, isStacked) {
    this.root.style.setProperty("--side", `${Math.max(Math.floor(side), 110)}px`)
    if (this.isStacked === isStacked) return
    this.isStacked = isStacked
    this.root.classList.toggle("stacked", isStacked)
    if (this.data.form === "pair") this.namePlaces()
    this.nameImages()
  }

  // The same two answers are called after where the pictures are on this screen.
  namePlaces() {
    const { texts } = this.data
    const names = { 1: this.isStacked ? texts.top : texts.left, 2: this.isStacked ? texts.bottom : texts.right }
    const keys = { 1: this.isStacked ? "↑" : "←", 2: this.isStacked ? "↓" : "→" }
    for (const button of this.find(".answers").children) {
      const name = names[button.dataset.value]
      if (!name) continue
      button.querySelector("b").textContent = name
      button.querySelector("kbd").textContent = keys[button.dataset.value]
      button.setAttribute("aria-label", name)
    }
    const none = this.find('.answers [data-value="0"] kbd')
    if (none) none.textContent = this.isStacked ? "␣" : "↓"
  }

  nameImages() {
    const { texts } = this.data
    const places = this.isStacked ? [texts.top, texts.bottom] : [texts.left, texts.right]
    const marked = this.onScreen?.marked
    this.find(".frame").querySelectorAll("img").forEach((image, index) => {
      if (this.data.pictures === 1) image.alt = texts.picture
      else if (marked == null) image.alt = `${texts.picture}: ${places[index]}`
      else image.alt = index === marked ? texts.original : texts.other
    })
  }

  // ---- one showing

  advance() {
    const { current } = this.data
    if (!current || current.id === this.showing) return
    if (this.onScreen?.practice && !current.practice) { this.practiceOver(); return }
    this.present(current)
  }

  async present(showing) {
    this.showing = showing.id
    this.onScreen = showing
    this.clock = 0
    this.phase = "loading"
    this.root.classList.toggle("practising", Boolean(showing.practice))
    const entry = held.get(showing.id)
    if (!entry) { this.miss(showing); return }
    await entry.ready
    if (this.showing !== showing.id) return
    if (entry.failed) { this.miss(showing); return }
    if (showing.exposure_ms != null) { this.flash(showing, entry.images[0]); return }
    this.place(entry.images, showing)
    await frames(2)
    if (this.showing === showing.id && this.phase === "loading") this.start()
  }

  // Neither its address nor its bytes are here: ask for it, again and again.
  miss(showing) {
    held.delete(showing.id)
    const isFirst = this.missed !== showing.id
    this.missed = showing.id
    this.showing = null
    clearTimeout(this.fetching)
    if (!isFirst) this.say(this.data.texts.picture_lost, true)
    this.fetching = setTimeout(() => {
      this.send("missing", { presentation: showing.id })
    }, isFirst ? 0 : RETRY_MS)
  }

  place(images, showing) {
    const frame = this.find(".frame")
    frame.replaceChildren(...images.map((image, index) => {
      const figure = document.createElement("figure")
      const button = this.data.form === "pair" ? " choice" : ""
      figure.className = "picture" + button
      figure.append(image)
      if (showing.marked === index) {
        const mark = document.createElement("figcaption")
        mark.textContent = this.data.texts.original
        figure.append(mark)
      }
      return figure
    }))
    this.nameImages()
  }

  // From here on an answer is taken.
  start() {
    this.clock = performance.now()
    this.shownAt = new Date().toISOString()
    this.root.dataset.showing = this.showing
    this.missed = null
    if (!this.find(".status").classList.contains("refused") || !this.data.refusal) this.say("")
    this.open()
  }

  open() {
    this.phase = "open"
    this.ask("")
    // Whoever came here by a button that is gone now goes on from the question.
    const focused = this.root.getRootNode().activeElement
    this.set("answering")
    if (focused?.closest(".notice, .where")) this.find(".question").focus({ preventScroll: true })
  }

  // What the card looks like: answering, asking, notice, flashing.
  set(state) {
    this.root.dataset.state = state
    this.fit()
  }

  // Time in another tab is no time before the picture.
  lookAway() {
    if (document.hidden) this.awaySince = performance.now()
    else if (this.clock && this.awaySince > this.clock) this.clock += performance.now() - this.awaySince
  }

  // ---- answering

  choose(value) {
    if (this.data.preview || this.phase !== "open" || !this.clock) return
    const now = performance.now()
    if (now - this.clock < this.data.look) return // meant for the picture before
    this.say("")
    this.choice = { answer: value, response_ms: Math.round(now - this.clock) }
    this.find(`.answers [data-value="${value}"]`)?.classList.add("chosen")
    if (this.data.where.includes(value)) {
      this.phase = "where"
      this.ask(this.data.where_question)
      this.set("asking")
      return
    }
    this.give(null)
  }

  give(point) {
    if (this.phase !== "open" && this.phase !== "where") return
    unsaved = {
      presentation: this.showing, ...this.choice, shown_at: this.shownAt,
      ...(this.seen != null ? { seen_ms: this.seen } : {}), ...(point ? { point } : {}),
    }
    this.phase = "sent"
    this.say("")
    this.post()
  }

  post() {
    clearTimeout(this.resending)
    this.phase = "sent"
    this.send("vote", unsaved)
    this.resending = setTimeout(() => this.resend(), AGAIN_MS)
  }

  // The same showing is one vote, however often it arrives: so nothing can be lost or doubled by sending it again.
  resend() {
    if (!unsaved) return
    const { texts } = this.data
    this.say(navigator.onLine ? texts.not_yet : texts.offline, true)
    this.post()
  }

  ask(text) {
    const where = this.find(".where")
    where.hidden = !text
    where.querySelector("span").textContent = text
  }

  touch(event) {
    const figure = event.target.closest?.(".picture")
    if (!figure) return
    const index = [...figure.parentElement.children].indexOf(figure)
    if (this.phase === "open" && this.data.form === "pair") { this.choose(index + 1); return }
    if (this.phase !== "where" || index === this.onScreen.marked) return
    const box = figure.querySelector("img").getBoundingClientRect()
    const point = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height]
    if (point.some(part => part < 0 || part > 1)) return
    const dot = document.createElement("span")
    dot.className = "dot"
    dot.style.left = `${100 * point[0]}%`
    dot.style.top = `${100 * point[1]}%`
    figure.append(dot)
    this.give(point.map(part => Math.round(part * 10000) / 10000))
  }

  undo() {
    if (this.data.preview) return
    if (this.phase === "where") { // not sent yet
      this.find(".chosen")?.classList.remove("chosen")
      this.open()
      return
    }
    if (this.phase !== "open" || !this.data.can_undo) return
    this.phase = "sent"
    this.send("undo", { presentation: this.showing })
    clearTimeout(this.resending)
    this.resending = setTimeout(() => { if (this.phase === "sent" && !unsaved) this.open() }, AGAIN_MS)
  }

  // ---- notices between showings

  verdict(feedback) {
    this.phase = "verdict"
    this.notice({ mark: feedback.correct ? "right" : "wrong", text: feedback.text, keepPicture: true },
      [[this.data.texts.next, () => { this.phase = ""; this.advance() }]])
  }

  practiceOver() {
    const { texts } = this.data
    this.phase = "pause"
    this.onScreen = null
    this.inBlock = 0
    this.notice({ text: this.data.practice_over },
      [[texts.begin, () => { this.phase = ""; this.advance() }]])
  }

  notice({ title = "", text, mark = "", keepPicture = false }, choices) {
    const box = this.find(".notice")
    box.className = `notice ${mark}`
    box.querySelector("h3").textContent = title
    box.querySelector("p").textContent = text
    box.querySelector("div").replaceChildren(...choices.map(([label, act], index) => {
      const button = document.createElement("button")
      button.type = "button"
      button.className = index ? "second" : "first"
      button.textContent = label
      button.onclick = act
      return button
    }))
    if (!keepPicture) this.find(".frame").replaceChildren()
    this.say("")
    this.set("notice")
    // Enter and Space then go on, and screen readers read what the button is about.
    box.querySelector("button").focus({ preventScroll: true })
  }

  // ---- timed exposure (TimedTrial is in rating_timed.js)

  flash(showing, image) {
    const { texts } = this.data
    this.phase = "pause"
    if (this.going && this.inBlock < BLOCK) { this.runTrial(showing, image, false); return }
    const reduced = matchMedia("(prefers-reduced-motion: reduce)").matches && !this.agreed
    const rest = this.inBlock >= BLOCK
    const go = () => { this.agreed = true; this.going = true; this.inBlock = 0; this.runTrial(showing, image, true) }
    const choices = [[reduced ? texts.reduced_go_on : texts.ready, go]]
    if (reduced) choices.push([texts.decline, () => this.send("decline", { presentation: showing.id })])
    const why = this.voided ? `${this.voided} ` : ""
    this.voided = ""
    this.notice({
      title: rest ? texts.pause_title : texts.ready_title,
      text: why + (reduced ? `${texts.reduced_motion} ` : "") + texts.ready_text,
    }, choices)
  }

  runTrial(showing, image, withCountdown) {
    this.phase = "flash"
    this.say(withCountdown ? this.data.texts.look : "")
    this.trial?.stop()
    const trial = new TimedTrial(this.find(".frame"), image, showing.exposure_ms)
    this.trial = trial
    this.set("flashing")
    trial.run(withCountdown).then(result => {
      if (this.trial !== trial || this.showing !== showing.id) return
      if (result.stopped) return
      if (result.hidden || result.late) { this.voidTrial(showing, result); return }
      this.inBlock += 1
      this.seen = result.seen_ms
      this.clock = result.start
      this.shownAt = result.shown_at
      this.root.dataset.showing = this.showing
      this.root.dataset.seen = result.seen_ms
      this.say("")
      this.open()
    })
  }

  voidTrial(showing, result) {
    this.going = false
    this.voided = result.hidden ? this.data.texts.hidden : this.data.texts.too_slow
    this.showing = null // it comes again, under another number
    this.phase = "sent"
    this.send("missed", { presentation: showing.id })
    clearTimeout(this.resending)
    this.resending = setTimeout(() => { if (this.showing === null) this.voidTrial(showing, result) }, AGAIN_MS)
  }

  // ---- keys

  key(event) {
    if (this.data.preview || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return
    const path = event.composedPath()
    if (path.some(node => /^(INPUT|TEXTAREA|SELECT)$/.test(node.tagName ?? "") || node.isContentEditable)) return
    if (document.querySelector("[role=dialog]")) return
    const onButton = path.some(node => node.tagName === "BUTTON" || node.tagName === "A")
    if (onButton && (event.key === "Enter" || event.key === " ")) return // the button's own
    const act = this.meaning(event.key)
    if (!act) return
    event.preventDefault()
    act()
  }

  meaning(key) {
    if (key === "Backspace") return () => this.undo()
    if (this.root.dataset.state === "notice") return key === "Enter" || key === " " ? () => this.find(".notice button").click() : null
    if (this.phase === "where") return ["Enter", " ", "Escape"].includes(key) ? () => this.give(null) : null
    const value = this.valueOf(key)
    return value == null ? null : () => this.choose(value)
  }

  valueOf(key) {
    const { answers, form } = this.data
    if (form === "scale") {
      const number = key === "0" && answers.length === 10 ? 10 : Number.parseInt(key, 10)
      return answers.find(({ value }) => value === number)?.value
    }
    if (form === "choice") return { ArrowLeft: answers[0].value, ArrowRight: answers[1].value }[key]
    const none = answers.some(({ value }) => value === 0) ? 0 : undefined
    const places = this.isStacked ? { ArrowUp: 1, ArrowDown: 2, " ": none } : { ArrowDown: none, " ": none }
    return { ArrowLeft: 1, ArrowRight: 2, ...places }[key]
  }

  // ---- what the owner sees while designing: no answers lead anywhere

  preview() {
    const { current } = this.data
    if (!current || this.showing === current.id) return
    this.showing = current.id
    this.onScreen = current
    this.place(held.get(current.id).images, current)
    this.root.classList.add("preview")
    this.set("answering")
  }
}

// Relative to the page: the app may live below another site's root.
function address(source) {
  return source.startsWith("/") ? new URL(`.${source}`, document.baseURI).href : source
}

function marginsOf(part) {
  const style = getComputedStyle(part)
  return Number.parseFloat(style.marginTop) + Number.parseFloat(style.marginBottom)
}

async function frames(count) {
  for (let number = 0; number < count; number++) await new Promise(requestAnimationFrame)
}
