// The map: a plane of pictures to wander over, to point at, and to lasso. See ui/map_view.py for the contract.

const MARGIN = 26          // pixels around the whole map
const CLOSEST = 500        // times the whole
const CLICK_PIXELS = 5     // a hand that moves less has clicked
const REACH_PIXELS = 9     // how far beside a dot the pointer may be
const ASK_MS = 130         // Python is asked for pictures when the view rests this long
const PATIENCE_MS = 4000   // then asked again
const LASSO_STEP = 3       // pixels between two corners
const SHEETS_KEPT = 40     // about 4 MB each, decoded
const FACTS_KEPT = 400
const KEY_SHARE = 0.15     // of the view: an arrow key
const ICONS = {
  pan: "M12 2l3 3h-2v5h5V8l3 4-3 4v-2h-5v5h2l-3 3-3-3h2v-5H6v2l-3-4 3-4v2h5V5H9z",
  lasso: "M12 4c5 0 9 2.7 9 6s-4 6-9 6c-1 0-2-.1-3-.3.2.5.3 1 .3 1.5 0 2-1.500 3.300-3.300 3.800l-.6-1.900c1-.3 1.900-.9 1.900-1.900 0-.8-.5-1.500-1.300-2.200C4.100 13.900 3 12 3 10c0-3.300 4-6 9-6zm0 2c-4 0-7 1.900-7 4s3 4 7 4 7-1.900 7-4-3-4-7-4z",
  box: "M4 4h4v2H6v2H4zm6 0h4v2h-4zm6 0h4v4h-2V6h-2zM4 10h2v4H4zm14 0h2v4h-2zM4 16h2v2h2v2H4zm6 2h4v2h-4zm8-2h2v4h-4v-2h2z",
  closer: "M11 5h2v6h6v2h-6v6h-2v-6H5v-2h6z",
  farther: "M5 11h14v2H5z",
  whole: "M4 4h6v2H6v4H4zm10 0h6v6h-2V6h-4zM4 14h2v4h4v2H4zm14 0h2v6h-6v-2h4z",
}
const TOOLS = {
  pan: "Move (Esc)", lasso: "Lasso (s)", box: "Box (g)",
}
const ACTS = { closer: "Closer (+)", farther: "Farther (−)", whole: "The whole map (0)" }

const maps = new WeakMap()

export default function (component) {
  const { parentElement } = component
  let map = maps.get(parentElement)
  if (!map) {
    map = new PictureMap(parentElement.querySelector("#map"))
    maps.set(parentElement, map)
  }
  map.receive(component)
  return () => map.close()
}

class PictureMap {
  constructor(root) {
    this.root = root
    this.tool = "pan"
    this.view = null           // {x, y: of the left upper corner, scale: pixels for each place}
    this.hidden = new Uint8Array(1) // by class
    this.hiddenNames = new Set()
    this.marks = null          // by point, while something is chosen
    this.regions = []
    this.picked = null         // by point: what Python chose
    this.told = 0              // number of the last choice, here or in Python
    this.fingers = new Map()
    this.sheets = new Map()
    this.facts = new Map()
    this.asked = { number: 0, at: 0, key: "" }
    this.at = -1               // the point under the pointer
    this.build()
    this.resizing = new ResizeObserver(() => this.fit())
    this.onKey = event => this.key(event)
  }

  close() {
    document.removeEventListener("keydown", this.onKey)
    this.resizing.disconnect()
    clearTimeout(this.asking)
  }

  // ---- what Python says

  receive({ data, setStateValue, setTriggerValue }) {
    const before = this.data
    this.data = data
    this.setState = setStateValue
    this.trigger = setTriggerValue
    document.addEventListener("keydown", this.onKey)
    this.resizing.observe(this.stage)
    this.stage.setAttribute("aria-label", data.label)
    if (!before || before.key !== data.key) this.loadPlaces()
    else if (before.classesKey !== data.classesKey || before.colouring !== data.colouring) this.loadClasses()
    if (data.regions.number > this.told) {
      this.told = data.regions.number
      this.regions = data.regions.regions
      this.loadMarks(data.regions.marks)
    }
    for (const [number, url] of Object.entries(data.sheets)) this.loadSheet(Number(number), url)
    if (data.hover) this.keepFacts(data.hover)
    if (data.answered >= this.asked.number) this.asked.at = 0
    this.draw()
  }

  async loadPlaces() {
    const key = this.data.key
    this.sheets.clear()
    this.facts.clear()
    const buffer = await fetched(this.data.places)
    if (!buffer || this.data.key !== key) return
    this.points = new Points(new Uint16Array(buffer))
    this.classes = null
    this.at = -1
    await this.loadClasses()
  }

  async loadClasses() {
    const { classesKey: key, colouring, legend } = this.data
    const buffer = await fetched(this.data.classes)
    if (!buffer || this.data.classesKey !== key || this.data.colouring !== colouring || !this.points) return
    const { count } = this.points
    this.entries = legend // those that the classes at hand belong to
    this.classes = new Uint16Array(buffer, 0, count)
    this.own = buffer.byteLength > 2 * count ? new Uint8Array(buffer, 2 * count) : null
    const before = colouring === this.colouring ? this.hiddenNames : new Set()
    this.colouring = colouring
    // the last class is of pictures that the filter leaves out
    this.hidden = Uint8Array.from([...this.entries.map(entry => before.has(entry.name)), true])
    this.hiddenNames = before
    this.showLegend()
    this.remark()
    if (!this.view) this.fit()
    this.draw()
  }

  async loadMarks(url) {
    const number = this.told
    const buffer = url ? await fetched(url) : null
    if (this.told !== number) return
    this.picked = buffer && new Uint8Array(buffer)
    this.remark()
  }

  async loadSheet(number, url) {
    if (this.sheets.has(number)) return
    this.sheets.set(number, null)
    try {
      const response = await fetch(address(url))
      if (!response.ok) throw new Error(response.status)
      this.sheets.set(number, await createImageBitmap(await response.blob()))
    } catch {
      this.sheets.delete(number) // asked for again with the next view
      return
    }
    for (const old of this.sheets.keys()) {
      if (this.sheets.size <= SHEETS_KEPT) break
      if (old !== number) this.sheets.delete(old)
    }
    this.draw()
  }

  async keepFacts(facts) {
    if (this.facts.has(facts.index)) return
    const key = this.data.key
    const picture = facts.image && await fetched(facts.image) // kept here: its address lasts until the next question
    if (this.data.key !== key) return
    this.facts.set(facts.index, { ...facts, image: picture ? URL.createObjectURL(new Blob([picture])) : "" })
    for (const [index, old] of this.facts) {
      if (this.facts.size <= FACTS_KEPT) break
      if (old.image) URL.revokeObjectURL(old.image)
      this.facts.delete(index)
    }
    if (facts.index === this.at) this.showTip()
  }

  // ---- what stands on the page

  build() {
    this.stage = make("div", "stage", { tabindex: "0", role: "application" })
    this.painter = new Painter(this.stage.appendChild(make("canvas")))
    this.over = this.stage.appendChild(make("canvas", "over"))
    this.tip = this.stage.appendChild(make("div", "tip", { hidden: "" }))
    this.tools = this.stage.appendChild(make("div", "tools", { role: "toolbar", "aria-label": "Map" }))
    for (const [name, title] of Object.entries({ ...TOOLS, ...ACTS })) {
      const button = this.tools.appendChild(make("button", name, { type: "button", title, "aria-label": title }))
      const icon = document.createElementNS("http://www.w3.org/2000/svg", "svg")
      icon.setAttribute("viewBox", "0 0 24 24")
      icon.appendChild(document.createElementNS("http://www.w3.org/2000/svg", "path")).setAttribute("d", ICONS[name])
      button.appendChild(icon)
      button.onclick = () => this.act(name)
    }
    this.status = this.stage.appendChild(make("div", "status", { role: "status" }))
    this.legend = make("div", "legend", { role: "group", "aria-label": "Legend" })
    this.root.replaceChildren(this.stage, this.legend)
    const { stage } = this
    stage.addEventListener("wheel", event => {
      event.preventDefault()
      const [x, y] = this.point(event)
      this.zoom(Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.0016)), x, y)
    }, { passive: false })
    stage.addEventListener("pointerdown", event => this.down(event))
    stage.addEventListener("pointermove", event => this.move(event))
    stage.addEventListener("pointerup", event => this.up(event))
    stage.addEventListener("pointercancel", event => this.up(event, true))
    stage.addEventListener("pointerenter", () => { this.isOver = true })
    stage.addEventListener("pointerleave", () => { this.isOver = false; this.pointAt(-1) })
    this.showTool()
  }

  showTool() {
    for (const name of Object.keys(TOOLS)) {
      this.tools.querySelector(`.${name}`).setAttribute("aria-pressed", String(name === this.tool))
    }
    this.stage.classList.toggle("drawing", this.tool !== "pan")
  }

  showLegend() {
    this.legend.replaceChildren(...this.entries.map((entry, code) => {
      const button = make("button", "", { type: "button", "aria-pressed": String(!this.hidden[code]), title: `${entry.name}\nClick: hide or show. Double click: this alone.` })
      const field = button.appendChild(make("span", "field"))
      field.style.backgroundColor = `rgb(${entry.colour.join(" ")})`
      button.appendChild(make("span", "name")).textContent = entry.name
      button.appendChild(make("span", "count")).textContent = entry.count.toLocaleString("en")
      button.onclick = () => { this.hidden[code] = 1 - this.hidden[code]; this.classesChanged() }
      button.ondblclick = () => this.isolate(code)
      return button
    }))
  }

  isolate(code) {
    const others = this.entries.map((_, other) => other).filter(other => other !== code)
    const alone = !this.hidden[code] && others.every(other => this.hidden[other])
    for (const other of others) this.hidden[other] = alone ? 0 : 1
    this.hidden[code] = 0
    this.classesChanged()
  }

  classesChanged() {
    this.hiddenNames = new Set(this.entries.filter((_, code) => this.hidden[code]).map(entry => entry.name))
    this.legend.querySelectorAll("button").forEach((button, code) => button.setAttribute("aria-pressed", String(!this.hidden[code])))
    this.draw()
  }

  // ---- the view

  fit() {
    const { clientWidth: width, clientHeight: height } = this.stage
    if (!width || !height) return
    const ratio = window.devicePixelRatio || 1
    const before = this.painter.width ? [this.painter.width, this.painter.height] : null
    this.painter.size(width, height, ratio)
    this.over.width = Math.round(width * ratio)
    this.over.height = Math.round(height * ratio)
    if (!this.view || !before) this.whole()
    else {
      this.view.x -= (width - before[0]) / 2 / this.view.scale
      this.view.y -= (height - before[1]) / 2 / this.view.scale
    }
    this.draw()
  }

  whole() {
    const { clientWidth: width, clientHeight: height } = this.stage
    const scale = Math.max(1, Math.min(width, height) - 2 * MARGIN) / SIDE
    this.view = { x: SIDE / 2 - width / 2 / scale, y: SIDE / 2 - height / 2 / scale, scale }
    this.least = scale
    this.draw()
  }

  zoom(factor, x, y) {
    if (!this.view) return
    const scale = Math.max(this.least / 2, Math.min(this.least * CLOSEST, this.view.scale * factor))
    this.view.x += x / this.view.scale - x / scale
    this.view.y += y / this.view.scale - y / scale
    this.view.scale = scale
    this.draw()
  }

  act(name) {
    const { clientWidth: width, clientHeight: height } = this.stage
    if (name in TOOLS) {
      this.tool = name
      this.showTool()
    } else if (name === "whole") this.whole()
    else this.zoom(name === "closer" ? 1.6 : 1 / 1.6, width / 2, height / 2)
  }

  // ---- drawing: as often as the screen shows a picture, and not more

  draw() {
    if (this.drawing) return
    this.drawing = requestAnimationFrame(() => {
      this.drawing = 0
      this.paint()
    })
  }

  paint() {
    if (!this.points || !this.classes || !this.view || !this.painter.width) return
    const begun = performance.now()
    const { points, classes, view, painter } = this
    const reach = 60 / view.scale // what stands beyond the edge reaches in
    const count = points.within(view.x - reach, view.y - reach, view.x + painter.width / view.scale + reach, view.y + painter.height / view.scale + reach, classes, this.hidden)
    const scene = {
      points, count, classes, view, own: this.own, marks: this.marks,
      colours: [...this.entries.map(entry => entry.colour), [0, 0, 0]], ground: this.ground(),
    }
    this.pictureSize = this.data.thumbnails ? pictureSize(painter.width, painter.height, count) : 0
    const missing = this.pictureSize
      ? painter.pictures(scene, this.pictureSize, this.sheets, this.data.cell, this.data.columns)
      : (painter.dots(scene), new Set())
    this.paintOver()
    this.status.textContent = `${count.toLocaleString("en")} in sight` + (this.chosen ? ` · ${this.chosen.toLocaleString("en")} chosen` : "")
    this.root.dataset.drawMs = (performance.now() - begun).toFixed(1)
    if (missing.size) this.askSoon([...missing])
  }

  ground() {
    const [r, g, b] = (getComputedStyle(this.stage).backgroundColor.match(/[\d.]+/g) || [255, 255, 255]).map(Number)
    return [r, g, b]
  }

  paintOver() {
    const context = this.over.getContext("2d")
    const { ratio, width, height } = this.painter
    context.setTransform(ratio, 0, 0, ratio, 0, 0)
    context.clearRect(0, 0, width, height)
    const colours = getComputedStyle(this.root)
    context.strokeStyle = colours.getPropertyValue("--st-text-color") || "#000"
    if (this.at >= 0) {
      const [x, y] = this.onScreen(this.at)
      context.lineWidth = 2
      if (this.pictureSize) context.strokeRect(x - this.pictureSize / 2 - 1, y - this.pictureSize / 2 - 1, this.pictureSize + 2, this.pictureSize + 2)
      else {
        context.beginPath()
        context.arc(x, y, 8, 0, 7)
        context.stroke()
      }
    }
    if (this.path) {
      context.strokeStyle = colours.getPropertyValue("--st-primary-color") || "#b93c25"
      context.fillStyle = context.strokeStyle
      context.lineWidth = 2
      context.beginPath()
      this.outline().forEach(([x, y]) => context.lineTo((x - this.view.x) * this.view.scale, (y - this.view.y) * this.view.scale))
      context.closePath()
      context.stroke()
      context.globalAlpha = 0.12
      context.fill()
      context.globalAlpha = 1
    }
  }

  onScreen(i) {
    const { places } = this.points
    return [(places[2 * i] - this.view.x) * this.view.scale, (places[2 * i + 1] - this.view.y) * this.view.scale]
  }

  // ---- asking Python for sheets of thumbnails and for facts, one question at a time

  askSoon(sheets) {
    clearTimeout(this.asking)
    this.asking = setTimeout(() => this.ask(sheets), ASK_MS)
  }

  ask(sheets) {
    const waiting = this.asked.at && performance.now() - this.asked.at < PATIENCE_MS
    const hover = this.at >= 0 && !this.facts.has(this.at) ? this.at : -1
    const wanted = sheets.filter(number => !this.sheets.has(number)).slice(0, this.data.mostSheets)
    const key = `${wanted.join()}/${hover}`
    if (!wanted.length && hover < 0) return
    if (waiting) return this.askSoon(sheets)
    this.asked = { number: this.asked.number + 1, at: performance.now(), key }
    this.setState("want", { map: this.data.key, sheets: wanted, hover, number: this.asked.number })
  }

  // ---- what the hand does

  point(event) {
    const place = this.stage.getBoundingClientRect()
    return [event.clientX - place.left, event.clientY - place.top]
  }

  place([x, y]) {
    return [Math.round((this.view.x + x / this.view.scale) * 10) / 10, Math.round((this.view.y + y / this.view.scale) * 10) / 10]
  }

  down(event) {
    if (event.target.closest?.(".tools") || event.button > 0 || !this.view) return
    this.stage.focus({ preventScroll: true })
    this.stage.setPointerCapture(event.pointerId)
    this.fingers.set(event.pointerId, this.point(event))
    this.pointAt(-1)
    if (this.fingers.size === 1) {
      this.pressed = this.point(event)
      this.moved = false
      this.added = event.shiftKey
      if (this.tool !== "pan") this.path = [this.place(this.pressed)]
    } else {
      this.path = null
      this.moved = true
    }
  }

  move(event) {
    const at = this.point(event)
    const before = this.fingers.get(event.pointerId)
    if (!before) {
      if (event.pointerType !== "touch") this.pointAt(this.near(at))
      return
    }
    if (this.fingers.size === 2) {
      const other = [...this.fingers].find(([id]) => id !== event.pointerId)[1]
      const factor = distance(at, other) / Math.max(1, distance(before, other))
      const [x, y] = [(at[0] + other[0]) / 2, (at[1] + other[1]) / 2]
      this.view.x -= (at[0] - before[0]) / 2 / this.view.scale
      this.view.y -= (at[1] - before[1]) / 2 / this.view.scale
      this.fingers.set(event.pointerId, at)
      this.zoom(factor, x, y)
      return
    }
    if (!this.moved && distance(at, this.pressed) < CLICK_PIXELS) return
    this.moved = true
    this.fingers.set(event.pointerId, at)
    if (this.path) {
      const last = this.path[this.path.length - 1]
      const corner = this.place(at)
      if (this.tool === "box") this.path[1] = corner
      else if (distance(corner, last) * this.view.scale >= LASSO_STEP) this.path.push(corner)
      this.paintOver()
    } else {
      this.view.x -= (at[0] - before[0]) / this.view.scale
      this.view.y -= (at[1] - before[1]) / this.view.scale
      this.draw()
    }
  }

  up(event, cancelled = false) {
    if (!this.fingers.delete(event.pointerId)) return
    if (this.fingers.size) return
    const outline = this.path && this.moved ? this.outline() : null
    this.path = null
    if (cancelled) return this.paintOver()
    if (!this.moved) {
      const i = this.near(this.point(event))
      if (i >= 0) this.trigger("opened", { map: this.data.key, index: i })
    } else if (outline && outline.length > 2) this.choose(outline)
    this.paintOver()
  }

  outline() {
    if (this.tool !== "box" || this.path.length < 2) return this.path
    const [[x1, y1], [x2, y2]] = this.path
    return [[x1, y1], [x2, y1], [x2, y2], [x1, y2]]
  }

  near([x, y]) {
    if (!this.points || !this.classes) return -1
    const reach = Math.max(REACH_PIXELS, this.pictureSize ? this.pictureSize / 2 : 0) / this.view.scale
    return this.points.nearest(this.view.x + x / this.view.scale, this.view.y + y / this.view.scale, reach, this.classes, this.hidden)
  }

  pointAt(i) {
    if (i === this.at) return
    this.at = i
    this.stage.classList.toggle("pointing", i >= 0)
    this.showTip()
    this.paintOver()
    if (i >= 0 && !this.facts.has(i)) this.askSoon([])
  }

  showTip() {
    const facts = this.facts.get(this.at)
    this.tip.hidden = !facts
    if (!facts) return
    const picture = make("img", "", { alt: "", src: facts.image })
    const words = [make("b")]
    words[0].textContent = facts.title
    for (const line of facts.lines) words.push(Object.assign(make("span"), { textContent: line }))
    this.tip.replaceChildren(...(facts.image ? [picture] : []), ...words)
    const [x, y] = this.onScreen(this.at)
    const right = x < this.painter.width / 2, below = y < this.painter.height / 2
    Object.assign(this.tip.style, {
      left: right ? `${x + 16}px` : "", right: right ? "" : `${this.painter.width - x + 16}px`,
      top: below ? `${Math.max(4, y - 20)}px` : "", bottom: below ? "" : `${Math.max(4, this.painter.height - y - 20)}px`,
    })
  }

  // ---- choosing

  choose(outline) {
    const hidden = this.entries.map((_, code) => code).filter(code => this.hidden[code])
    const region = { outline, hidden, colouring: this.colouring }
    this.regions = this.added ? [...this.regions, region] : [region]
    this.tellRegions()
  }

  tellRegions() {
    this.told += 1
    this.picked = null
    this.remark()
    this.trigger("region", { map: this.data.key, number: this.told, regions: this.regions })
  }

  remark() {
    this.marks = null
    this.chosen = 0
    if (!this.points || !this.classes || !(this.regions.length || this.picked)) return this.draw()
    this.marks = new Uint8Array(this.points.count)
    if (this.picked && this.picked.length === this.marks.length) this.marks.set(this.picked)
    for (const { outline, hidden, colouring } of this.regions) {
      const leftOut = new Uint8Array(this.entries.length + 1)
      leftOut[this.entries.length] = 1
      if (colouring === this.colouring) for (const code of hidden) leftOut[code] = 1
      this.points.mark(outline, this.classes, leftOut, this.marks)
    }
    this.chosen = this.marks.reduce((sum, mark) => sum + mark, 0)
    this.draw()
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const at = event.composedPath()[0]
    const typing = at instanceof HTMLElement && (at.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(at.tagName))
    const here = this.root.contains(at)
    if (typing || !(here || this.isOver)) return
    const step = side => KEY_SHARE * side / this.view.scale
    const { clientWidth: width, clientHeight: height } = this.stage
    if (event.key === "s" || event.key === "S") this.act("lasso")
    else if (event.key === "g" || event.key === "G") this.act("box")
    else if (event.key === "Escape") {
      if (this.path) { this.path = null; this.moved = true; this.fingers.clear(); this.paintOver() }
      else if (this.tool !== "pan") this.act("pan")
      else if (this.marks) { this.regions = []; this.tellRegions() }
      else return
    } else if (event.key === "+" || event.key === "=") this.act("closer")
    else if (event.key === "-") this.act("farther")
    else if (event.key === "0") this.act("whole")
    else if (here && event.key.startsWith("Arrow")) {
      this.view.x += event.key === "ArrowLeft" ? -step(width) : event.key === "ArrowRight" ? step(width) : 0
      this.view.y += event.key === "ArrowUp" ? -step(height) : event.key === "ArrowDown" ? step(height) : 0
      this.draw()
    } else return
    event.preventDefault()
    event.stopPropagation()
  }
}

function distance(one, other) {
  return Math.hypot(one[0] - other[0], one[1] - other[1])
}

function make(name, className = "", attributes = {}) {
  const made = document.createElement(name)
  if (className) made.className = className
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value)
  return made
}

async function fetched(url) {
  try {
    const response = await fetch(address(url))
    return response.ok ? await response.arrayBuffer() : null
  } catch {
    return null // the next run of the page brings another address
  }
}

function address(url) {
  return url && url.startsWith("/") ? new URL(`.${url}`, document.baseURI) : url
}
