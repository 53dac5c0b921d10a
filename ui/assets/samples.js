// The sample viewer: what is looked at, the slider over all epochs, and which pictures are fetched. See ui/samples.py.

const ANSWER_MS = 2000        // after this a question counts as lost and is asked again
const REST_MS = 220           // the hand rests: now pictures are fetched that nobody looks at yet, or must be made
const MOVING_MS = 60         // the hand moves on: nothing is fetched ahead that could keep what is in sight waiting
// Bytes fetched ahead in one answer: while the hand moves, so that what is in sight soon gets its turn, and while it rests.
const AHEAD_AT_ONCE = [1 << 19, 1 << 21]
const NEAR = 6                // epochs to both sides that are fetched before all others
const RUN = 30                // and in the direction of somebody who steps through them
const ALONG = 1               // epochs further on that come with one that is stepped to
const TELL_MS = 600           // the view is told to Python when the hand rests this long: what is drawn below follows then
const FRAMES_PER_SECOND = 6   // when playing
const MODES = { side: "Side by side", wipe: "Wipe", change: "Change map", blind: "Blind" }
const TOLD = ["at", "zoom", "equal", "pins", "kinds", "mode", "pair", "cell", "alone", "track"]

const viewers = new WeakMap()

export default function (component) {
  const { parentElement } = component
  let viewer = viewers.get(parentElement)
  if (!viewer) {
    viewer = new Viewer(parentElement.querySelector("#viewer"))
    viewers.set(parentElement, viewer)
  }
  viewer.receive(component)
  return () => {
    viewer.close()
    viewers.delete(parentElement)
  }
}

class Viewer {
  constructor(root) {
    this.root = root
    this.at = null       // place on the axis; null follows the newest
    this.zoom = null     // null fits
    this.equal = false
    this.pins = {}       // column number -> place
    this.kinds = {}      // column number -> what it shows in place of samples
    this.mode = "side"
    this.pair = null     // numbers of the two columns that are compared; -1: the grid kept before the first
    this.cell = null     // number of the latent that was chosen
    this.alone = false   // it is seen alone
    this.track = ""
    this.told = new Set()
    this.given = ""
    this.flying = null   // the question under way: {number, urgent, since}
    this.questions = 0
    this.lost = new Map() // key of what there is no picture of -> why
    this.moved = 0
    this.answered = 0    // when what was in sight last came
    this.step = 0        // how far the last movement went
    this.build()
    this.onKey = event => this.key(event)
    document.addEventListener("keydown", this.onKey)
    this.onArrived = head => this.arrived(head)
    listeners.add(this.onArrived)
    this.resizing = new ResizeObserver(() => this.data && this.layOut())
    this.resizing.observe(root)
  }

  close() {
    document.removeEventListener("keydown", this.onKey)
    listeners.delete(this.onArrived)
    this.resizing.disconnect()
    clearInterval(this.playing)
    clearTimeout(this.telling)
    clearTimeout(this.asking)
  }

  // ---- what Python says

  receive({ data, setStateValue, setTriggerValue }) {
    this.setState = setStateValue
    this.trigger = setTriggerValue
    const columns = data.columns.map(column => ({
      ...column,
      frames: column.at.map((at, i) => ({
        at, key: column.keys.start + column.keys.rest[i], label: column.labels[i], note: column.notes[i],
      })),
    }))
    this.data = { ...data, columns }
    const given = JSON.stringify(data.view)
    if (given !== this.given) {
      this.given = given
      // What we told ourselves comes back later than the hand moves on: only news from elsewhere count.
      if (!this.told.delete(given)) for (const name of TOLD) this[name] = data.view[name]
    }
    if (!data.comparing) this.mode = "side"
    this.pair = this.fittingPair()
    const places = columns.flatMap((column, i) => (i in this.pins ? [] : column.frames.map(frame => frame.at)))
    this.axis = [...new Set(places.length ? places : columns.flatMap(c => c.frames.map(f => f.at)))].sort((a, b) => a - b)
    this.order = fromCoarseToFine(this.axis.length)
    this.show()
  }

  fittingPair() {
    const last = this.data.columns.length - 1
    const [a, b] = this.pair ?? [0, last > 0 ? 1 : -1]
    return a > last || b > last || a === b ? [0, last > 0 ? 1 : -1] : [a, b]
  }

  // ---- what a person does

  get index() {
    if (this.at === null) return this.axis.length - 1
    return Math.max(0, lastUpTo(this.axis, this.at, at => at))
  }

  go(index) {
    const last = this.axis.length - 1
    index = Math.min(last, Math.max(0, index))
    this.step = index - this.index
    this.at = index === last ? null : this.axis[index]
    this.moved = performance.now()
    this.show()
    this.tell()
  }

  play() {
    if (this.playing) {
      clearInterval(this.playing)
      this.playing = null
    } else {
      if (this.index === this.axis.length - 1) this.go(0)
      this.playing = setInterval(() => {
        const next = this.index + 1
        const lacking = this.data.columns.map((_, i) => this.frameOf(i, this.axis[next])).filter(frame => frame && !this.has(frame))
        if (lacking.length) return this.ask(lacking)
        this.go(next)
        if (this.index >= this.axis.length - 1) this.play()
      }, 1000 / FRAMES_PER_SECOND)
    }
    this.show()
  }

  key(event) {
    const target = event.composedPath()[0]
    const typing = target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) || target.getAttribute?.("role")
    if (typing || event.ctrlKey || event.metaKey || event.altKey || this.axis.length === 0 || document.querySelector("[role=dialog]")) return
    if (this.mode === "blind") {
      if (this.stage.key(event)) event.preventDefault()
      return
    }
    if (event.key === "ArrowLeft") this.go(this.index - 1)
    else if (event.key === "ArrowRight") this.go(this.index + 1)
    else if (event.key === "Escape" && this.alone) this.choose(this.cell, false)
    else return
    event.preventDefault()
  }

  setZoom(zoom) {
    this.zoom = Math.min(this.data.max_zoom, Math.max(1, zoom))
    this.show()
    this.tell()
  }

  setMode(mode) {
    this.mode = mode
    this.show()
    this.tell(0)
  }

  setPair(pair) {
    this.pair = pair
    this.pair = this.fittingPair()
    this.show()
    this.tell(0)
  }

  setKind(column, kind) {
    if (kind === "samples") delete this.kinds[column]
    else this.kinds[column] = kind
    this.tell(0)
  }

  // number: of the latent; alone: nothing else is to be seen
  choose(number, alone) {
    this.cell = number
    this.alone = alone && number !== null
    this.show()
    if (this.data.comparing) this.tell()
  }

  pin(column) {
    if (column in this.pins) delete this.pins[column]
    else this.pins[column] = this.frameOf(column)?.at ?? null
    this.show()
    this.tell(0)
  }

  remove(column) {
    clearTimeout(this.telling) // what is told now would be of columns that are going
    this.trigger("removed", column)
  }

  tell(wait = TELL_MS) {
    clearTimeout(this.telling)
    this.telling = setTimeout(() => {
      // Pictures go first: what Python draws for a new view would keep them waiting.
      if (wait && this.stage.frames.some(frame => frame && !this.has(frame) && this.aheadOf(frame))) return this.tell(wait)
      const view = { ...Object.fromEntries(TOLD.map(name => [name, this[name]])), of: this.data.view.of }
      this.told.add(JSON.stringify(view))
      this.setState("view", structuredClone(view))
    }, wait)
  }

  // ---- which pictures

  frameOf(column, at = this.axis[this.index]) {
    const place = column in this.pins ? this.pins[column] : at
    const { frames } = this.data.columns[column]
    return frames[lastUpTo(frames, place, frame => frame.at)] ?? null
  }

  // Of a pair: [number of the column whose kind and size it has, frame or null].
  sideOf(which) {
    const [a, b] = this.pair
    if (which === 0) return [a, this.frameOf(a)]
    if (b !== -1) return [b, this.frameOf(b)]
    const { frames } = this.data.columns[a]
    const now = this.frameOf(a)
    return [a, now ? frames[frames.indexOf(now) - 1] ?? null : null]
  }

  has(frame) {
    return store.has(frame.key) || this.lost.has(frame.key)
  }

  // What stands in, dimmed, for a frame that is on its way: the nearest of the same column that is here.
  nearestAtHand(column, frame) {
    const { frames } = this.data.columns[column]
    const at = frames.indexOf(frame)
    for (let away = 1; away < frames.length; away++) {
      for (const other of [frames[at - away], frames[at + away]]) if (other && store.has(other.key)) return other
    }
    return null
  }

  // Asks for what is missing: what is in sight first, then what has to be made, then its neighbours, then the rest.
  ask(wanted = this.stage.frames) {
    const post = office.ask.get(this.data.post)
    const now = performance.now()
    const lacking = wanted.filter(frame => frame && !this.has(frame))
    const ready = lacking.filter(frame => this.aheadOf(frame))
    if (this.flying && now - this.flying.since < ANSWER_MS * (this.flying.slow ? 5 : 1) && (this.flying.urgent || !ready.length)) return
    clearTimeout(this.asking)
    if (!post) return void (this.asking = setTimeout(() => this.ask(), 50))
    let names = ready
    if (!names.length) {
      if (now - this.moved < REST_MS) return void (this.asking = setTimeout(() => this.ask(), REST_MS))
      names = lacking.slice(0, 1) // one that has to be made
    }
    const urgent = names.length > 0
    if (!urgent && now - Math.max(this.moved, this.answered) < MOVING_MS) return void (this.asking = setTimeout(() => this.ask(), MOVING_MS))
    if (!urgent) names = this.ahead()
    else if (ready.length && Math.abs(this.step) <= 3) names = [...names, ...this.along()]
    if (!names.length) return
    this.flying = { number: ++this.questions, urgent, since: now, slow: urgent && !ready.length, first: names[0].key }
    post({ number: this.questions, names: [...new Set(names.map(frame => frame.key))] })
    this.asking = setTimeout(() => this.ask(), ANSWER_MS + 50)
  }

  aheadOf(frame) {
    return !frame.key.includes("/made-")
  }

  // The next epochs in the direction of somebody who steps through them.
  along() {
    const towards = Math.sign(this.step) || 1
    return Array.from({ length: ALONG }, (_, i) => this.axis[this.index + towards * (i + 1)])
      .filter(at => at !== undefined)
      .flatMap(at => this.data.columns.map((_, i) => this.frameOf(i, at)))
      .filter(frame => frame && !this.has(frame) && this.aheadOf(frame))
  }

  // What is fetched before anybody looks at it.
  ahead() {
    if (stored > AHEAD_BYTES) return []
    const resting = performance.now() - this.moved > 4 * REST_MS
    const most = Math.max(4, Math.floor(AHEAD_AT_ONCE[Number(resting)] / (store.size ? stored / store.size : 100_000)))
    const names = []
    const add = frame => {
      if (frame && names.length < most && !this.has(frame) && !names.includes(frame) && this.aheadOf(frame)) names.push(frame)
    }
    const around = this.index
    const towards = Math.sign(this.step) || 1
    const near = (from, to, sides) => {
      for (let away = from; away <= to && names.length < most; away++) {
        for (const index of sides.map(side => around + side * away)) {
          if (index >= 0 && index < this.axis.length) this.data.columns.forEach((_, i) => add(this.frameOf(i, this.axis[index])))
        }
      }
    }
    near(1, 1, [towards, -towards])
    this.strip.frames.forEach(add) // in sight too, small
    near(2, NEAR, [towards, -towards])
    if (this.step && Math.abs(this.step) <= 3) near(NEAR + 1, RUN, [towards])
    if (!this.data.prefetch) return names
    for (const index of this.order) {
      if (names.length >= most) break
      this.data.columns.forEach((_, i) => add(this.frameOf(i, this.axis[index])))
    }
    return names
  }

  arrived(head) {
    if (head.post !== this.data?.post) return
    for (const { key, refused } of head.pictures) if (refused) this.lost.set(key, refused)
    if (this.flying && head.number === this.flying.number) {
      if (!store.has(this.flying.first) && !this.lost.has(this.flying.first)) this.lost.set(this.flying.first, "This grid is gone.")
      if (this.flying.urgent) this.answered = performance.now()
      this.flying = null
    }
    const awaited = new Set([...this.stage.frames, ...this.strip.frames].map(frame => frame?.key))
    if (head.pictures.some(({ key }) => awaited.has(key))) this.show()
    else this.ask()
  }

  // ---- drawing

  build() {
    this.controls = element("div", "controls")
    const time = (this.time = element("div", "time"))
    this.back = button("◀", "Previous epoch", () => this.go(this.index - 1))
    this.next = button("▶", "Next epoch", () => this.go(this.index + 1))
    this.player = button("Play", "Play all epochs", () => this.play())
    this.slider = element("input")
    Object.assign(this.slider, { type: "range", min: 0, step: 1 })
    this.slider.setAttribute("aria-label", "Epoch")
    this.slider.oninput = () => this.go(Number(this.slider.value))
    this.now = element("output", "now")
    time.append(this.back, this.slider, this.next, this.now)
    const zoom = element("div", "zoom")
    this.smaller = button("−", "Smaller", () => this.setZoom(this.factor - 1))
    this.larger = button("+", "Larger", () => this.setZoom(this.factor + 1))
    this.zoomed = element("output")
    this.zoomed.setAttribute("aria-label", "Zoom")
    zoom.append(this.smaller, this.zoomed, this.larger)
    this.zoomer = zoom
    this.equalizer = element("label", "equal")
    this.equalBox = element("input")
    this.equalBox.type = "checkbox"
    this.equalBox.onchange = () => { this.equal = this.equalBox.checked; this.show(); this.tell() }
    this.equalizer.append(this.equalBox, "Same size")
    this.equalizer.title = "Enlarge the smaller pictures by a whole number, to the size of the largest"
    this.modes = element("div", "modes")
    this.modes.setAttribute("role", "group")
    this.modes.setAttribute("aria-label", "How grids are compared")
    this.modeButtons = Object.entries(MODES).map(([mode, words]) => {
      const made = button(words, words, () => this.setMode(mode))
      this.modes.append(made)
      return [mode, made]
    })
    const views = element("div", "views")
    views.append(this.modes, this.player, zoom, this.equalizer)
    this.controls.append(time, views)
    this.stages = { side: new Columns(this), wipe: new Wipe(this), change: new ChangeMap(this), blind: new Blind(this) }
    this.strip = new Strip(this)
    this.root.replaceChildren(this.controls, ...Object.values(this.stages).map(stage => stage.box), this.strip.box)
  }

  get stage() {
    return this.stages[this.mode]
  }

  show() {
    const { data, axis, index } = this
    const blind = this.mode === "blind"
    this.time.hidden = axis.length < 2 || blind
    this.player.hidden = axis.length < 3 || blind
    this.player.textContent = this.playing ? "Pause" : "Play"
    this.slider.max = Math.max(0, axis.length - 1)
    this.slider.value = index
    this.back.disabled = index <= 0
    this.next.disabled = index >= axis.length - 1
    if (axis.length) {
      const label = this.nameOf(axis[index])
      this.now.replaceChildren(bold(label), ` · ${index + 1} of ${axis.length} kept`)
      this.slider.setAttribute("aria-valuetext", label)
    }
    const sizes = new Set(data.columns.map(column => column.cell))
    this.largest = Math.max(...sizes, 1)
    this.zoomer.hidden = blind
    this.equalizer.hidden = sizes.size < 2 || this.mode !== "side"
    this.equalBox.checked = this.equal
    this.modes.hidden = !data.comparing
    for (const [mode, made] of this.modeButtons) made.setAttribute("aria-pressed", String(mode === this.mode))
    for (const [mode, stage] of Object.entries(this.stages)) stage.box.hidden = mode !== this.mode
    this.stage.show()
    this.strip.show()
    this.ask()
  }

  layOut() {
    this.stage.layOut()
    this.strip.layOut()
  }

  nameOf(at) {
    for (const column of this.data.columns) {
      const frame = column.frames[lastUpTo(column.frames, at, one => one.at)]
      if (frame && Math.abs(frame.at - at) < 1e-9) return frame.label
    }
    return String(at)
  }

  colour(number) {
    const palette = getComputedStyle(this.root).getPropertyValue("--st-chart-categorical-colors").split(",")
    return palette[number % palette.length]
  }

  // One enlargement for all that is in sight. room: of each, how often its width fits.
  fit(room) {
    this.factor = this.zoom ?? Math.min(this.data.max_zoom, Math.max(1, Math.floor(Math.min(...room, Infinity))))
    if (!Number.isFinite(this.factor)) this.factor = 1
    this.zoomed.textContent = `${this.factor}×`
    this.smaller.disabled = this.factor <= 1
    this.larger.disabled = this.factor >= this.data.max_zoom
  }

  sameness(i) {
    return this.equal || this.mode === "wipe" ? Math.max(1, Math.floor(this.largest / this.data.columns[i].cell)) : 1
  }
}

// Index of the last whose place is not later; -1 where all are. places: ascending.
function lastUpTo(places, at, placeOf) {
  let [low, high] = [0, places.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (placeOf(places[middle]) <= at + 1e-9) low = middle + 1
    else high = middle
  }
  return low - 1
}

// All numbers below `count`, evenly spread ones first: wherever the slider is drawn, something near is soon there.
function fromCoarseToFine(count) {
  const order = []
  const seen = new Set()
  for (let step = 2 ** Math.ceil(Math.log2(Math.max(1, count))); step >= 1; step /= 2) {
    for (let i = 0; i < count; i += step) if (!seen.has(i)) { seen.add(i); order.push(i) }
  }
  return order
}
