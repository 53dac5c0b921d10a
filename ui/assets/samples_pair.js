// Two grids against one another: under a divider in place, and as a map of what changed.

const CUT_STEP = 0.02
const JUST_VISIBLE = 2.3 // CIE 1976 colour difference: the least that people tell apart (Mahy and others, 1994)
const STRONGEST = 100    // colour difference at the end of the scale: black beside white
const TICKS = [2.3, 10, 25, 50, 100]
const HEAT = [[13, 9, 30], [74, 21, 96], [178, 48, 84], [243, 133, 48], [253, 246, 198]]

// Which two columns are compared: two choosers, and a button that swaps them.
class PairChooser {
  constructor(viewer) {
    this.viewer = viewer
    this.box = element("div", "choices")
    this.selects = ["First", "Second"].map((name, which) => {
      const select = element("select")
      select.setAttribute("aria-label", `${name} of the two`)
      select.onchange = () => this.chosen(which, Number(select.value))
      return select
    })
    this.swap = button("⇄", "Swap the two", () => viewer.setPair([viewer.pair[1], viewer.pair[0]]))
    this.box.append(this.selects[0], this.swap, this.selects[1])
  }

  // Choosing what the other side has swaps the two.
  chosen(which, value) {
    const before = this.viewer.pair
    const pair = [...before]
    pair[which] = value
    if (pair[0] === pair[1]) pair[1 - which] = before[which] === -1 ? Number(value === 0) : before[which]
    this.viewer.setPair(pair)
  }

  show() {
    const { viewer } = this
    const options = viewer.data.columns.map((_, i) => [i, `${i + 1}: ${this.titleOf(i)}`])
    fillSelect(this.selects[0], options, viewer.pair[0])
    fillSelect(this.selects[1], [...options, [-1, "The epoch it kept before"]], viewer.pair[1])
    this.swap.disabled = viewer.pair[1] === -1
  }

  titleOf(i) {
    const column = this.viewer.data.columns[i]
    const frame = this.viewer.frameOf(i)
    const kind = column.kind === "samples" ? "" : ` (${column.kinds[column.kind]?.toLowerCase() ?? column.kind})`
    return `${column.title || "Samples"}${kind}, ${frame ? frame.label.toLowerCase() : "none yet"}`
  }
}

// What one of a pair is called.
function labelOf(viewer, which) {
  const [i, frame] = viewer.sideOf(which)
  const column = viewer.data.columns[i]
  const kind = column.kind === "samples" ? "" : ` · ${column.kinds[column.kind] ?? column.kind}`
  return frame ? `${column.title} · ${frame.label}${kind}` : ""
}

// What both views of a pair share: who is compared, and whether both are here.
class Pair {
  constructor(viewer) {
    this.viewer = viewer
    this.box = element("div", "pair")
    this.chooser = new PairChooser(viewer)
    this.lacking = element("div", "empty")
    this.box.append(this.chooser.box, this.lacking)
  }

  get frames() {
    return [this.viewer.sideOf(0)[1], this.viewer.sideOf(1)[1]]
  }

  // Both sides if they are here: [{column, frame, picture}]; else says what is missing.
  sides() {
    const sides = [0, 1].map(which => {
      const [i, frame] = this.viewer.sideOf(which)
      return { i, column: this.viewer.data.columns[i], frame, picture: frame && take(frame.key) }
    })
    const none = sides.find(side => !side.frame)
    this.lacking.hidden = !none
    if (none) this.lacking.textContent = "One of the two has nothing at this epoch. Move the slider, or choose another."
    return none ? null : sides
  }
}

class Wipe extends Pair {
  constructor(viewer) {
    super(viewer)
    this.cut = 0.5
    this.stage = element("div", "wipe")
    this.sheets = [new Sheet(), new Sheet()]
    this.labels = [element("div", "label first"), element("div", "label second")]
    this.divider = element("div", "divider")
    this.divider.tabIndex = 0
    for (const [name, value] of Object.entries({ role: "slider", "aria-valuemin": "0", "aria-valuemax": "100", "aria-label": "Divider between the two grids" })) {
      this.divider.setAttribute(name, value)
    }
    this.stage.append(this.sheets[0].box, this.sheets[1].box, ...this.labels, this.divider)
    this.frame = element("div", "frame")
    this.frame.append(this.stage)
    this.box.append(this.frame)
    this.stage.onpointerdown = event => {
      if (event.button) return
      this.stage.setPointerCapture(event.pointerId)
      this.dragging = [event.clientX, event.target === this.divider]
      if (this.dragging[1]) this.divider.focus({ focusVisible: false })
    }
    this.stage.onpointermove = event => {
      if (!this.dragging || (!this.dragging[1] && Math.abs(event.clientX - this.dragging[0]) < 4)) return
      this.dragging[1] = true
      this.cutAt(event)
    }
    this.stage.onpointerup = event => {
      const moved = this.dragging?.[1]
      this.dragging = null
      const { column } = this.shown?.[0] ?? {}
      if (moved || !column) return
      viewer.choose(viewer.alone ? viewer.cell : this.sheets[0].numberAt(column, event), !viewer.alone)
    }
    this.stage.onpointercancel = () => { this.dragging = null }
    this.divider.onkeydown = event => {
      const to = { ArrowLeft: this.cut - CUT_STEP, ArrowRight: this.cut + CUT_STEP, Home: 0, End: 1 }[event.key]
      if (to === undefined || event.ctrlKey || event.metaKey || event.altKey) return
      event.preventDefault()
      this.setCut(to)
    }
  }

  cutAt(event) {
    const box = this.stage.getBoundingClientRect()
    this.setCut((event.clientX - box.left) / box.width)
  }

  setCut(cut) {
    this.cut = Math.min(1, Math.max(0, cut))
    this.layOutCut()
  }

  show() {
    const { viewer } = this
    this.chooser.show()
    this.shown = this.sides()
    this.frame.hidden = !this.shown
    if (!this.shown) return
    this.shown.forEach(({ frame, picture }, which) => {
      this.sheets[which].box.classList.toggle("waiting", !picture)
      if (picture) this.sheets[which].show(frame.key, picture, labelOf(viewer, which))
      this.labels[which].textContent = labelOf(viewer, which)
    })
    this.layOut()
  }

  layOut() {
    const { viewer } = this
    if (!this.shown || this.sheets.some(sheet => !sheet.picture)) return
    const sizes = this.shown.map(({ i }, which) => [this.sheets[which].picture.width * viewer.sameness(i), i])
    viewer.fit(sizes.map(([width]) => this.frame.clientWidth / width))
    this.shown.forEach(({ i, column }, which) => {
      const sheet = this.sheets[which]
      const plain = viewer.factor * viewer.sameness(i)
      const alone = viewer.alone && column.linked && viewer.cell < countOf(column, sheet.picture) ? viewer.cell : null
      const largest = Math.max(...this.shown.map(side => side.column.cell))
      const room = Math.floor(Math.min(this.frame.clientWidth, 640) / largest) * Math.max(1, Math.floor(largest / column.cell))
      sheet.place(column, alone === null ? plain : Math.max(plain, room, 1), alone)
    })
    const [width, height] = ["offsetWidth", "offsetHeight"].map(size => Math.max(...this.sheets.map(sheet => sheet.box[size])))
    Object.assign(this.stage.style, { width: `${width}px`, height: `${height}px` })
    this.layOutCut()
  }

  layOutCut() {
    const share = `${this.cut * 100}%`
    this.sheets[1].box.style.clipPath = `inset(0 0 0 ${this.cut * this.stage.offsetWidth}px)`
    this.divider.style.left = share
    this.divider.setAttribute("aria-valuenow", String(Math.round(this.cut * 100)))
    this.labels[0].style.maxWidth = `calc(${share} - 1.4rem)`
    this.labels[1].style.maxWidth = `calc(${100 - this.cut * 100}% - 1.4rem)`
    this.labels[0].hidden = this.cut < 0.12
    this.labels[1].hidden = this.cut > 0.88
  }
}

class ChangeMap extends Pair {
  constructor(viewer) {
    super(viewer)
    this.panes = element("div", "panes")
    this.sheets = [new Sheet(), new Sheet()]
    this.canvas = element("canvas")
    this.canvas.setAttribute("role", "img")
    this.captions = [0, 1, 2].map(() => element("div", "caption"))
    this.map = element("div", "sheet map")
    this.map.append(this.canvas)
    const bodies = [this.sheets[0].box, this.map, this.sheets[1].box]
    this.frames_ = bodies.map((body, i) => {
      const pane = element("div", i === 1 ? "pane middle" : "pane")
      const frame = element("div", "frame")
      frame.append(body)
      pane.append(this.captions[i], frame)
      this.panes.append(pane)
      return frame
    })
    this.legend = element("div", "legend")
    const bar = element("span", "heat")
    bar.style.background = `linear-gradient(to right, ${HEAT.map(colour => `rgb(${colour})`).join(", ")})`
    bar.append(...TICKS.map(tick => {
      const made = element("span", "", String(tick))
      made.style.left = `${100 * heatOf(tick)}%`
      return made
    }))
    this.legend.append("Colour difference (CIE ΔE*ab)", bar, `${JUST_VISIBLE} is just visible, 100 is black beside white`)
    this.said = element("div", "said")
    this.box.append(this.panes, this.legend, this.said)
    for (const [which, sheet] of this.sheets.entries()) {
      sheet.box.onclick = event => this.shown && this.chosen(sheet.numberAt(this.shown[which].column, event))
    }
    this.canvas.onclick = event => this.layout && this.chosen(this.numberAt(event))
  }

  chosen(number) {
    const { viewer } = this
    viewer.choose(viewer.alone ? viewer.cell : number, !viewer.alone)
  }

  show() {
    const { viewer } = this
    this.chooser.show()
    const sides = this.sides()
    this.panes.hidden = this.legend.hidden = this.said.hidden = !sides
    this.shown = sides
    if (!sides) return
    sides.forEach(({ frame, picture }, which) => {
      this.sheets[which].box.classList.toggle("waiting", !picture)
      if (picture) this.sheets[which].show(frame.key, picture, labelOf(viewer, which))
      this.captions[2 * which].textContent = labelOf(viewer, which)
    })
    this.captions[1].textContent = "What changed"
    this.map.classList.toggle("waiting", sides.some(side => !side.picture))
    if (sides.every(side => side.picture)) this.measure(sides)
    this.layOut()
  }

  async measure(sides) {
    const key = sides.map(side => side.frame.key).join("|")
    if (key === this.key) return
    this.key = key
    const bitmaps = await Promise.all(sides.map(side => wholeOf(side.frame.key, side.picture)))
    if (key !== this.key) return // the hand has moved on
    this.result = differenceOf(sides, bitmaps)
    this.paint()
    this.layOut()
  }

  paint() {
    const { width, height, pixels, means, share, count } = this.result
    Object.assign(this.canvas, { width, height })
    this.canvas.getContext("2d").putImageData(pixels, 0, 0)
    this.layout = this.result
    const order = [...means.keys()].sort((a, b) => means[b] - means[a])
    const mean = means.reduce((a, b) => a + b, 0) / Math.max(1, count)
    const summary = `Mean change ΔE ${mean.toFixed(1)}; ${Math.round(share * 100)} % of the pixels changed visibly.`
    this.canvas.setAttribute("aria-label", `Change map. ${summary}`)
    const named = number => button(`latent ${number + 1} (ΔE ${means[number].toFixed(1)})`, `See latent ${number + 1} alone`, () => this.viewer.choose(number, true))
    this.said.replaceChildren(`${summary} `)
    if (count > 1) this.said.append("Most: ", named(order[0]), " least: ", named(order[count - 1]))
  }

  layOut() {
    const { viewer, shown } = this
    if (!shown || this.sheets.some(sheet => !sheet.picture)) return
    const wide = Math.max(...shown.map(({ column }) => column.cell))
    const scale = shown.map(({ column }) => Math.max(1, Math.floor(wide / column.cell)))
    const room = this.frames_.map(frame => frame.clientWidth || 1)
    viewer.fit(this.sheets.map((sheet, which) => room[2 * which] / (sheet.picture.width * scale[which])))
    const alone = viewer.alone && shown.every(({ column }, which) => column.linked && viewer.cell < countOf(column, this.sheets[which].picture)) ? viewer.cell : null
    const factor = alone === null ? viewer.factor : Math.max(viewer.factor, Math.floor(Math.min(...room) / wide), 1)
    shown.forEach(({ column }, which) => this.sheets[which].place(column, factor * scale[which], alone))
    if (!this.result) return
    const { width, height, cell, tall, across, gap } = this.result
    const [left, top] = alone === null ? [0, 0] : [(alone % across) * (cell + gap), Math.floor(alone / across) * (tall + gap)]
    const [w, h] = alone === null ? [width, height] : [cell, tall]
    Object.assign(this.map.style, { width: `${w * factor}px`, height: `${h * factor}px` })
    Object.assign(this.canvas.style, { width: `${width * factor}px`, height: `${height * factor}px`, left: `${-left * factor}px`, top: `${-top * factor}px` })
    this.shownFactor = factor
  }

  numberAt(event) {
    const box = this.map.getBoundingClientRect()
    const { cell, tall, gap, across, count } = this.layout
    const x = Math.floor((event.clientX - box.left) / (cell + gap) / this.shownFactor)
    const y = Math.floor((event.clientY - box.top) / (tall + gap) / this.shownFactor)
    const number = y * across + x
    return number >= 0 && number < count ? number : null
  }
}

// ---- colour differences

const LINEAR = Float64Array.from({ length: 256 }, (_, i) => {
  const value = i / 255
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
})

// Place on the scale, 0 to 1. Roots, so that small changes show and large ones still differ.
function heatOf(difference) {
  return Math.sqrt(Math.min(1, difference / STRONGEST))
}

// (L*, a*, b*) of an sRGB pixel under D65, into `lab` at `at`.
function writeLab(data, from, lab, at) {
  const [r, g, b] = [LINEAR[data[from]], LINEAR[data[from + 1]], LINEAR[data[from + 2]]]
  const bend = t => (t > 216 / 24389 ? Math.cbrt(t) : (24389 / 27 * t + 16) / 116)
  const x = bend((0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.95047)
  const y = bend(0.2126729 * r + 0.7151522 * g + 0.072175 * b)
  const z = bend((0.0193339 * r + 0.119192 * g + 0.9503041 * b) / 1.08883)
  lab[at] = 116 * y - 16
  lab[at + 1] = 500 * (x - y)
  lab[at + 2] = 200 * (y - z)
}

// Colour difference of every pixel of two grids, picture by picture, at the size of the larger pictures.
function differenceOf(sides, bitmaps) {
  const [first] = sides
  const cell = Math.max(...sides.map(({ column }) => column.cell))
  const tall = Math.max(...sides.map(({ column }) => column.tall))
  const across = acrossOf(first.column, first.picture)
  const count = Math.min(...sides.map(({ column, picture }) => countOf(column, picture)))
  const gap = first.column.gap
  const width = across * (cell + gap) - gap
  const height = Math.ceil(count / across) * (tall + gap) - gap
  const read = ({ column, picture }, bitmap) => {
    const context = Object.assign(document.createElement("canvas"), { width, height }).getContext("2d", { willReadFrequently: true })
    context.imageSmoothingEnabled = false
    for (let number = 0; number < count; number++) {
      const [left, top] = cornerOf(column, picture, number)
      const to = [(number % across) * (cell + gap), Math.floor(number / across) * (tall + gap)]
      context.drawImage(bitmap, left, top, column.cell, column.tall, ...to, cell, tall)
    }
    return context.getImageData(0, 0, width, height).data
  }
  const [one, other] = sides.map((side, which) => read(side, bitmaps[which]))
  const pixels = new ImageData(width, height)
  const [a, b] = [new Float64Array(3), new Float64Array(3)]
  const means = new Array(count).fill(0)
  let visible = 0
  for (let y = 0; y < height; y++) {
    const [row, inRow] = [Math.floor(y / (tall + gap)), y % (tall + gap) < tall]
    for (let x = 0; x < width; x++) {
      const number = row * across + Math.floor(x / (cell + gap))
      if (!inRow || x % (cell + gap) >= cell || number >= count) continue
      const at = 4 * (y * width + x)
      writeLab(one, at, a, 0)
      writeLab(other, at, b, 0)
      const difference = Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2])
      means[number] += difference / (cell * tall)
      if (difference > JUST_VISIBLE) visible++
      const heat = heatOf(difference) * (HEAT.length - 1)
      const step = Math.min(HEAT.length - 2, Math.floor(heat))
      for (let c = 0; c < 3; c++) pixels.data[at + c] = HEAT[step][c] + (heat - step) * (HEAT[step + 1][c] - HEAT[step][c])
      pixels.data[at + 3] = 255
    }
  }
  return { width, height, cell, tall, across, gap, count, pixels, means, share: visible / Math.max(1, count * cell * tall) }
}
