// One latent through all epochs, a strip for every run, and under it the numbers of the runs on the same axis.

const TRACK_HEIGHT = 116
const TRACK_MARGIN = 10
const LEAST_FRAME = 40 // pixels of the page's width of one picture in the strip
const SVG = "http://www.w3.org/2000/svg"

class Strip {
  constructor(viewer) {
    this.viewer = viewer
    this.frames = []
    this.box = element("section", "strip")
    this.head = element("div", "choices")
    this.title = element("b", "", "")
    this.previous = button("◀", "Previous latent", () => this.step(-1))
    this.following = button("▶", "Next latent", () => this.step(1))
    this.select = element("select")
    this.select.setAttribute("aria-label", "Number under the strip")
    this.select.onchange = () => { viewer.track = this.select.value; this.show(); viewer.tell() }
    this.head.append(this.previous, this.title, this.following, element("span", "space"), this.select)
    this.body = element("div", "lanes")
    this.lanes = []
    this.svg = document.createElementNS(SVG, "svg")
    this.svg.setAttribute("class", "track")
    this.now = element("div", "here")
    this.said = element("output", "said")
    this.box.append(this.head, this.body, this.said)
    this.body.append(this.svg, this.now)
    this.body.onpointerdown = event => {
      if (event.button) return
      this.body.setPointerCapture(event.pointerId)
      this.dragging = true
      this.scrub(event)
    }
    this.body.onpointermove = event => {
      if (this.dragging) this.scrub(event)
      this.saidAt(this.indexAt(event))
    }
    this.body.onpointerup = this.body.onpointercancel = () => { this.dragging = false }
    this.body.onpointerleave = () => this.saidAt(null)
  }

  scrub(event) {
    const index = this.indexAt(event)
    if (index !== this.viewer.index) this.viewer.go(index)
  }

  indexAt(event) {
    const box = this.body.getBoundingClientRect()
    const { axis } = this.viewer
    return Math.min(axis.length - 1, Math.max(0, Math.floor((event.clientX - box.left) / box.width * axis.length)))
  }

  // Where a place on the axis lies, as a share of the width: every kept epoch takes the same room.
  shareOf(at) {
    const { axis } = this.viewer
    const i = lastUpTo(axis, at, place => place)
    if (i < 0) return 0.5 / axis.length
    if (i === axis.length - 1) return (i + 0.5) / axis.length
    return (i + 0.5 + (at - axis[i]) / (axis[i + 1] - axis[i])) / axis.length
  }

  step(by) {
    const most = this.count()
    if (most) this.viewer.choose(((this.viewer.cell ?? 0) + by + most) % most, this.viewer.alone)
  }

  count() {
    const counts = this.lanes.map(({ column, sample }) => sample && countOf(column, sample)).filter(Boolean)
    return counts.length ? Math.min(...counts) : 0
  }

  show() {
    const { viewer } = this
    const { data, axis } = viewer
    this.box.hidden = !data.comparing || axis.length < 2 || viewer.mode === "blind"
    if (this.box.hidden) { this.frames = []; return }
    this.showLanes()
    const cell = viewer.cell ?? 0
    this.title.textContent = `Latent ${cell + 1}${this.count() ? ` of ${this.count()}` : ""} through the epochs`
    fillSelect(this.select, data.tracks.map(track => [track.key, track.label]), this.chosenTrack()?.key ?? "")
    this.select.hidden = !data.tracks.length
    if (!this.body.matches(":hover")) this.saidAt(null)
    this.layOut()
  }

  chosenTrack() {
    const { data, track } = this.viewer
    return data.tracks.find(one => one.key === track) ?? data.tracks[0]
  }

  // One lane for every run and kind in the columns.
  showLanes() {
    const { viewer } = this
    const kept = new Map()
    viewer.data.columns.forEach((column, i) => {
      const name = `${column.keys.start}|${column.kind}`
      if (column.linked && column.ahead && column.frames.length && !kept.has(name)) kept.set(name, i)
    })
    const wanted = [...kept.values()]
    while (this.lanes.length > wanted.length) this.lanes.pop().box.remove()
    while (this.lanes.length < wanted.length) {
      const lane = { box: element("div", "lane"), of: element("div", "of"), chip: element("span", "chip"), name: element("span"), canvas: element("canvas") }
      lane.canvas.setAttribute("role", "img")
      lane.of.append(lane.chip, lane.name)
      lane.box.append(lane.of, lane.canvas)
      this.body.insertBefore(lane.box, this.svg)
      this.lanes.push(lane)
    }
    this.lanes.forEach((lane, k) => {
      lane.i = wanted[k]
      lane.column = viewer.data.columns[lane.i]
      lane.sample = lane.column.frames.map(frame => store.get(frame.key)).find(Boolean)
      lane.of.hidden = wanted.length < 2
      lane.chip.style.background = lane.column.color === null ? "transparent" : viewer.colour(lane.column.color)
      lane.name.textContent = [lane.column.title, ...(lane.column.kind === "samples" ? [] : [lane.column.kinds[lane.column.kind]])].join(" · ")
      lane.canvas.setAttribute("aria-label", `Latent ${(viewer.cell ?? 0) + 1} of ${lane.column.title} through its epochs`)
    })
  }

  layOut() {
    if (this.box.hidden) return
    const { viewer } = this
    const width = this.body.clientWidth
    if (!width) return
    this.frames = []
    for (const lane of this.lanes) this.drawLane(lane, width)
    this.drawTrack(width)
    this.now.style.left = `${this.shareOf(viewer.axis[viewer.index]) * width}px`
  }

  drawLane(lane, width) {
    const { viewer } = this
    const { column, canvas } = lane
    const { axis } = viewer
    const ratio = window.devicePixelRatio || 1
    // A picture is enlarged by a whole number of screen pixels, or, where even one is too large for a strip, made smaller.
    const factor = Math.max(1, Math.ceil(LEAST_FRAME * ratio / column.cell)) / ratio
    const shrink = Math.min(1, 72 / (column.cell * factor))
    const [w, h] = [column.cell * factor * shrink, column.tall * factor * shrink]
    const slots = Math.max(1, Math.min(axis.length, Math.floor(width / (w + 2))))
    const [backWide, backHigh] = [Math.round(width * ratio), Math.round((h + 4) * ratio)]
    if (canvas.width !== backWide || canvas.height !== backHigh) Object.assign(canvas, { width: backWide, height: backHigh })
    canvas.style.height = `${h + 4}px`
    const context = canvas.getContext("2d")
    context.clearRect(0, 0, backWide, backHigh)
    context.imageSmoothingEnabled = shrink < 1
    const cell = viewer.cell ?? 0
    const nowSlot = Math.floor((viewer.index + 0.5) / axis.length * slots)
    for (let slot = 0; slot < slots; slot++) {
      const from = Math.round(slot * axis.length / slots)
      const to = Math.round((slot + 1) * axis.length / slots) - 1
      const middle = slot === nowSlot ? viewer.index : (from + to) >> 1
      const place = nearestUpTo(column.frames, axis[middle], axis[from], axis[Math.max(from, to)])
      if (place === null) continue // this run kept none of these epochs
      const frame = column.frames[place]
      this.frames.push(frame)
      const picture = store.get(frame.key)
      const left = Math.round(((slot + 0.5) / slots * width - w / 2) * ratio)
      if (slot === nowSlot) {
        context.fillStyle = getComputedStyle(viewer.root).getPropertyValue("--st-primary-color")
        context.fillRect(left - 2 * ratio, 0, w * ratio + 4 * ratio, backHigh)
      }
      if (!picture || cell >= countOf(column, picture)) continue
      const corner = cornerOf(column, picture, cell)
      const bitmap = singleOf(frame.key, picture, [...corner, column.cell, column.tall], () => this.soon())
      if (bitmap) context.drawImage(bitmap, left, Math.round(2 * ratio), Math.round(w * ratio), Math.round(h * ratio))
    }
  }

  // Pictures come decoded one by one: draw once for all of a moment.
  soon() {
    this.waiting ??= requestAnimationFrame(() => { this.waiting = null; this.layOut() })
  }

  // ---- numbers

  drawTrack(width) {
    const { viewer } = this
    const track = this.chosenTrack()
    const drawn = [width, track, viewer.axis.length, viewer.axis.at(-1), viewer.colour(0)]
    if (this.drawn?.every((value, i) => value === drawn[i])) return
    this.drawn = drawn
    this.svg.replaceChildren()
    this.svg.style.display = track ? "" : "none"
    if (!track) return
    this.svg.setAttribute("viewBox", `0 0 ${width} ${TRACK_HEIGHT}`)
    this.svg.setAttribute("height", TRACK_HEIGHT)
    this.svg.setAttribute("role", "img")
    this.svg.setAttribute("aria-label", `${track.label} under the strip`)
    const values = track.lines.flatMap(line => [...line.points.flatMap(([, value, low, high]) => [value, low ?? value, high ?? value]), ...(line.floor ?? null) === null ? [] : [line.floor]])
    const [least, most] = [Math.min(...values), Math.max(...values)]
    const span = most - least || Math.abs(most) || 1
    const y = value => TRACK_HEIGHT - TRACK_MARGIN - (value - least) / span * (TRACK_HEIGHT - 3 * TRACK_MARGIN)
    const x = at => this.shareOf(at) * width
    for (const value of [least, (least + most) / 2, most]) {
      this.add("line", { class: "rule", x1: 0, x2: width, y1: y(value), y2: y(value) })
    }
    for (const line of track.lines) this.drawLine(line, track, x, y)
    for (const value of least === most ? [least] : [least, most]) {
      const label = this.add("text", { class: "tick", x: 3, y: y(value) - 3 })
      label.textContent = short(value)
    }
  }

  drawLine(line, track, x, y) {
    const colour = this.viewer.colour(line.color)
    if ((line.floor ?? null) !== null) {
      this.add("line", { class: "floor", x1: 0, x2: this.svg.clientWidth || 4000, y1: y(line.floor), y2: y(line.floor), stroke: colour })
    }
    for (const [at, , low, high] of line.points) {
      if ((low ?? null) !== null && (high ?? null) !== null) this.add("line", { class: "interval", x1: x(at), x2: x(at), y1: y(low), y2: y(high), stroke: colour })
    }
    this.add("polyline", { class: "curve", points: line.points.map(([at, value]) => `${x(at)},${y(value)}`).join(" "), stroke: colour })
    if (line.points.length <= 60) for (const [at, value] of line.points) this.add("circle", { cx: x(at), cy: y(value), r: 2, fill: colour })
    if ((line.best ?? null) !== null) {
      const best = line.points.find(([at]) => at === line.best)
      if (best) {
        this.add("circle", { class: "best", cx: x(best[0]), cy: y(best[1]), r: 5, stroke: colour })
        const title = document.createElementNS(SVG, "title")
        title.textContent = `Best: epoch ${best[0]}`
        this.svg.lastChild.append(title)
      }
    }
    line.events?.forEach((event, i) => this.drawEvent(event, colour, x, line.events[i + 1]))
  }

  // From when to when something was wrong, at the top; in words where the next one leaves room for them.
  drawEvent({ from, to, label }, colour, x, next) {
    const bar = this.add("rect", { class: "event", x: x(from) - 3, y: 1, width: Math.max(6, x(to) - x(from) + 6), height: 6, rx: 3, fill: colour })
    const title = document.createElementNS(SVG, "title")
    title.textContent = label
    bar.append(title)
    const room = (next ? x(next.from) : this.body.clientWidth) - x(from)
    if (room > 7 * label.length) this.add("text", { class: "tick", x: x(from), y: 18 }).textContent = label
  }

  add(name, attributes) {
    const made = document.createElementNS(SVG, name)
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value)
    this.svg.append(made)
    return made
  }

  // What the numbers are at an epoch.
  saidAt(index) {
    const { viewer } = this
    const track = this.chosenTrack()
    if (index === null || !track) return void (this.said.textContent = track?.about ?? "")
    const at = viewer.axis[index]
    const parts = track.lines.map(line => {
      const point = line.points[lastUpTo(line.points, at, one => one[0])]
      const events = (line.events ?? []).filter(event => event.from <= at && at <= event.to).map(event => event.label)
      const value = point ? `${short(point[1])}${(point[2] ?? null) === null ? "" : ` (${short(point[2])} to ${short(point[3])})`}` : "–"
      return [`${line.title}: ${value}`, ...events].join(", ")
    })
    this.said.textContent = [viewer.nameOf(at), ...parts].join(" · ")
  }
}

// Number of the frame nearest to `at` among those from `first` to `last`; null where there is none.
function nearestUpTo(frames, at, first, last) {
  const before = lastUpTo(frames, at, frame => frame.at)
  const found = [before, before + 1].filter(i => frames[i] && frames[i].at >= first - 1e-9 && frames[i].at <= last + 1e-9)
  return found.length ? found.reduce((a, b) => (Math.abs(frames[a].at - at) <= Math.abs(frames[b].at - at) ? a : b)) : null
}

function short(value) {
  return Number(value.toPrecision(3)).toLocaleString("en")
}
