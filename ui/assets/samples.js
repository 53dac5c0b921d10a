// The sample viewer: columns of grids at true pixels, one slider over all epochs. See ui/samples.py for the contract.

const STORE_BYTES = 256 << 20 // compressed pictures kept, over all viewers of this tab
const ASK_AT_ONCE = 48        // pictures asked for in one go; Python sends as many as its budget allows
const ANSWER_MS = 4000        // after this a question counts as lost and is asked again
const TELL_MS = 250           // the view is told to Python when the hand rests this long
const FRAMES_PER_SECOND = 6   // when playing

const store = new Map() // key -> {url, width, height, bytes}, least recently used first
let stored = 0
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
    this.zoom = null     // null fits the columns
    this.equal = false
    this.pins = {}       // column number -> place
    this.alone = null    // number of the one cell shown large, or null
    this.told = new Set()
    this.given = ""
    this.asked = 0       // time of the question under way, 0 when none
    this.parts = []
    this.build()
    this.onKey = event => this.key(event)
    document.addEventListener("keydown", this.onKey)
    this.resizing = new ResizeObserver(() => this.data && this.layOut())
    this.resizing.observe(root)
  }

  close() {
    document.removeEventListener("keydown", this.onKey)
    this.resizing.disconnect()
    clearInterval(this.playing)
    clearTimeout(this.telling)
    clearTimeout(this.asking)
  }

  // ---- what Python says

  receive({ data, setStateValue, setTriggerValue }) {
    this.data = data
    this.setState = setStateValue
    this.trigger = setTriggerValue
    for (const [key, base64] of Object.entries(data.pictures)) keep(key, base64)
    if (Object.keys(data.pictures).length) this.asked = 0
    const given = JSON.stringify(data.view)
    if (given !== this.given) {
      this.given = given
      // What we told ourselves comes back later than the hand moves on: only news from elsewhere count.
      if (!this.told.delete(given)) Object.assign(this, data.view)
    }
    const places = data.columns.flatMap((column, i) => (i in this.pins ? [] : column.frames.map(frame => frame.at)))
    this.axis = [...new Set(places.length ? places : data.columns.flatMap(c => c.frames.map(f => f.at)))].sort((a, b) => a - b)
    this.show()
  }

  // ---- what a person does

  get index() {
    if (this.at === null) return this.axis.length - 1
    let index = -1
    for (let i = 0; i < this.axis.length; i++) if (this.axis[i] <= this.at + 1e-9) index = i
    return Math.max(0, index)
  }

  go(index) {
    const last = this.axis.length - 1
    index = Math.min(last, Math.max(0, index))
    this.at = index === last ? null : this.axis[index]
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
        const ready = this.data.columns.every((_, i) => {
          const frame = this.frameOf(i, this.axis[next])
          return !frame || store.has(frame.key)
        })
        if (!ready) return this.ask(next)
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
    if (event.key === "ArrowLeft") this.go(this.index - 1)
    else if (event.key === "ArrowRight") this.go(this.index + 1)
    else if (event.key === "Escape" && this.alone !== null) { this.alone = null; this.show() }
    else return
    event.preventDefault()
  }

  setZoom(zoom) {
    this.zoom = Math.min(this.data.max_zoom, Math.max(1, zoom))
    this.show()
    this.tell()
  }

  pin(column) {
    if (column in this.pins) delete this.pins[column]
    else this.pins[column] = this.frameOf(column)?.at ?? null
    this.show()
    this.tell(0)
  }

  tell(wait = TELL_MS) {
    clearTimeout(this.telling)
    this.telling = setTimeout(() => {
      const view = { at: this.at, zoom: this.zoom, equal: this.equal, pins: { ...this.pins }, of: this.data.view.of }
      this.told.add(JSON.stringify(view))
      this.setState("view", view)
    }, wait)
  }

  // ---- which pictures

  frameOf(column, at = this.axis[this.index]) {
    const place = column in this.pins ? this.pins[column] : at
    let found = null
    for (const frame of this.data.columns[column].frames) if (frame.at <= place + 1e-9) found = frame
    return found
  }

  // Asks for what is missing: what is in sight first, then its neighbours, then the rest if all are wanted.
  ask(around = this.index) {
    if (this.asked && performance.now() - this.asked < ANSWER_MS) return
    const wanted = []
    const reach = this.data.prefetch ? this.axis.length : 3
    for (let distance = 0; distance <= reach && wanted.length < ASK_AT_ONCE; distance++) {
      for (const index of distance ? [around + distance, around - distance] : [around]) {
        if (index < 0 || index >= this.axis.length) continue
        this.data.columns.forEach((_, column) => {
          const frame = this.frameOf(column, this.axis[index])
          if (frame && !store.has(frame.key) && !wanted.includes(frame.key)) wanted.push(frame.key)
        })
      }
    }
    if (!wanted.length || (stored > STORE_BYTES / 2 && !this.blank)) return
    this.asked = performance.now()
    this.trigger("need", wanted)
    clearTimeout(this.asking)
    this.asking = setTimeout(() => this.ask(), ANSWER_MS + 50)
  }

  // ---- drawing

  build() {
    this.controls = element("div", "controls")
    const time = element("div", "time")
    this.back = button("◀", "Previous epoch", () => this.go(this.index - 1))
    this.next = button("▶", "Next epoch", () => this.go(this.index + 1))
    this.player = button("Play", "Play all epochs", () => this.play())
    this.slider = element("input")
    Object.assign(this.slider, { type: "range", min: 0, step: 1 })
    this.slider.setAttribute("aria-label", "Epoch")
    this.slider.oninput = () => this.go(Number(this.slider.value))
    this.now = element("output", "now")
    time.append(this.back, this.slider, this.next, this.now)
    this.time = time
    const zoom = element("div", "zoom")
    this.smaller = button("−", "Smaller", () => this.setZoom(this.factor - 1))
    this.larger = button("+", "Larger", () => this.setZoom(this.factor + 1))
    this.zoomed = element("output")
    this.zoomed.setAttribute("aria-label", "Zoom")
    zoom.append(this.smaller, this.zoomed, this.larger)
    this.equalizer = element("label", "equal")
    this.equalBox = element("input")
    this.equalBox.type = "checkbox"
    this.equalBox.onchange = () => { this.equal = this.equalBox.checked; this.show(); this.tell() }
    this.equalizer.append(this.equalBox, "Same size")
    this.equalizer.title = "Enlarge the smaller pictures by a whole number, to the size of the largest"
    this.controls.append(time, this.player, zoom, this.equalizer)
    this.columns = element("div", "columns")
    this.root.replaceChildren(this.controls, this.columns)
  }

  show() {
    const { data, axis } = this
    const index = this.index
    this.time.hidden = axis.length < 2
    this.player.hidden = axis.length < 3
    this.player.textContent = this.playing ? "Pause" : "Play"
    this.slider.max = Math.max(0, axis.length - 1)
    this.slider.value = index
    this.back.disabled = index <= 0
    this.next.disabled = index >= axis.length - 1
    if (axis.length) {
      const label = data.labels[String(axis[index])] ?? String(axis[index])
      this.now.replaceChildren(bold(label), ` · ${index + 1} of ${axis.length} kept`)
      this.slider.setAttribute("aria-valuetext", label)
    }
    const sizes = new Set(data.columns.map(column => column.cell))
    this.equalizer.hidden = sizes.size < 2
    this.equalBox.checked = this.equal
    this.columns.style.setProperty("--count", Math.max(1, data.columns.length))
    if (data.tallest) this.columns.style.setProperty("--tallest", data.tallest)
    while (this.parts.length > data.columns.length) this.parts.pop().box.remove()
    while (this.parts.length < data.columns.length) this.addColumn()
    this.largest = Math.max(...sizes, 1)
    this.blank = false
    data.columns.forEach((_, i) => this.showColumn(i))
    this.layOut()
    this.ask()
  }

  addColumn() {
    const i = this.parts.length
    const part = {
      box: element("section", "column"), head: element("div", "head"), chip: element("span", "chip"),
      title: element("span", "title"), subtitle: element("div", "subtitle"), frame: element("div", "frame"),
      sheet: element("div", "sheet"), image: element("img"), cell: element("div", "cell"),
      note: element("div", "note"), empty: element("div", "empty"), shown: "",
    }
    part.pin = button("Hold", "Hold this column at its epoch", () => this.pin(i))
    part.remove = button("✕", "Remove this column", () => {
      clearTimeout(this.telling) // what is told now would be of columns that are going
      this.trigger("removed", i)
    })
    part.head.append(part.chip, part.title, part.pin, part.remove)
    part.cell.hidden = true
    part.sheet.append(part.image, part.cell)
    part.frame.append(part.sheet)
    part.box.append(part.head, part.subtitle, part.frame, part.empty, part.note)
    part.sheet.onpointermove = event => this.point(this.cellAt(i, event))
    part.sheet.onpointerleave = () => this.point(null)
    part.sheet.onclick = event => {
      this.alone = this.alone === null ? this.cellAt(i, event) : null
      this.point(null)
      this.show()
    }
    part.frame.onscroll = () => {
      for (const other of this.parts) {
        if (other === part) continue
        other.frame.scrollTop = part.frame.scrollTop
        other.frame.scrollLeft = part.frame.scrollLeft
      }
    }
    this.parts.push(part)
    this.columns.append(part.box)
  }

  showColumn(i) {
    const column = this.data.columns[i]
    const part = this.parts[i]
    const frame = this.frameOf(i)
    const place = this.axis[this.index]
    const held = i in this.pins
    part.head.hidden = !column.title
    part.title.textContent = column.title
    part.subtitle.textContent = column.subtitle
    part.subtitle.hidden = !column.subtitle
    part.chip.hidden = column.color === null
    if (column.color !== null) {
      const palette = getComputedStyle(this.root).getPropertyValue("--st-chart-categorical-colors").split(",")
      part.chip.style.background = palette[column.color % palette.length]
    }
    part.pin.hidden = !this.data.removable || !column.frames.length
    part.pin.setAttribute("aria-pressed", held)
    part.remove.hidden = !this.data.removable
    part.empty.hidden = !!frame
    part.frame.hidden = part.note.hidden = !frame
    if (!frame) {
      const first = column.frames[0]
      part.empty.textContent = first ? `No samples this early: the first are of ${first.label.toLowerCase()}.` : column.empty
      return
    }
    const differs = !held && Math.abs(frame.at - place) > 1e-9
    const label = held ? `Held at ${frame.label.toLowerCase()}` : differs ? `${frame.label}, the nearest kept before` : frame.label
    part.note.textContent = [label, frame.note].filter(Boolean).join(" · ")
    part.note.classList.toggle("differs", differs)
    part.image.alt = `${column.alt || column.title}, ${frame.label}`
    const picture = take(frame.key)
    part.sheet.classList.toggle("waiting", !picture)
    if (!picture) {
      this.blank = true
      if (!part.picture) part.frame.hidden = true
      return
    }
    part.picture = picture
    if (part.shown !== frame.key) {
      part.shown = frame.key
      part.image.src = picture.url
    }
  }

  // One enlargement for all columns, so that a pixel is a pixel everywhere; unless a person chose, the largest that fits.
  layOut() {
    const shown = this.parts.map((part, i) => ({ part, i })).filter(({ part, i }) => part.picture && !part.frame.hidden && this.frameOf(i))
    const room = shown.map(({ part, i }) => part.frame.clientWidth / (part.picture.width * this.sameness(i)))
    this.factor = this.zoom ?? Math.min(this.data.max_zoom, Math.max(1, Math.floor(Math.min(...room, Infinity))))
    if (!Number.isFinite(this.factor)) this.factor = 1
    this.zoomed.textContent = `${this.factor}×`
    this.smaller.disabled = this.factor <= 1
    this.larger.disabled = this.factor >= this.data.max_zoom
    for (const { i } of shown) this.place(i)
  }

  sameness(i) {
    return this.equal ? Math.max(1, Math.floor(this.largest / this.data.columns[i].cell)) : 1
  }

  // Size and position of the picture: whole enlargement only, of the grid or of one cell.
  place(i) {
    const column = this.data.columns[i]
    const part = this.parts[i]
    const { width, height } = part.picture
    const alone = this.alone !== null && this.alone < this.countOf(i) ? this.alone : null
    const plain = this.factor * this.sameness(i)
    const factor = alone === null ? plain : Math.max(plain, Math.floor(part.frame.clientWidth / column.cell), 1)
    part.factor = factor
    part.sheet.classList.toggle("alone", alone !== null)
    const [left, top] = alone === null ? [0, 0] : this.cornerOf(i, alone)
    const [w, h] = alone === null ? [width, height] : [column.cell, column.tall]
    Object.assign(part.sheet.style, { width: `${w * factor}px`, height: `${h * factor}px` })
    Object.assign(part.image.style, {
      width: `${width * factor}px`, height: `${height * factor}px`, left: `${-left * factor}px`, top: `${-top * factor}px`,
    })
  }

  acrossOf(i) {
    const column = this.data.columns[i]
    return Math.max(1, Math.round((this.parts[i].picture.width + column.gap) / (column.cell + column.gap)))
  }

  countOf(i) {
    const column = this.data.columns[i]
    return this.acrossOf(i) * Math.round((this.parts[i].picture.height + column.gap) / (column.tall + column.gap))
  }

  cornerOf(i, number) {
    const column = this.data.columns[i]
    const across = this.acrossOf(i)
    return [(number % across) * (column.cell + column.gap), Math.floor(number / across) * (column.tall + column.gap)]
  }

  cellAt(i, event) {
    const part = this.parts[i]
    const column = this.data.columns[i]
    if (!part.picture || !column.cell) return null
    const box = part.sheet.getBoundingClientRect()
    const x = Math.floor((event.clientX - box.left) / (column.cell + column.gap) / part.factor)
    const y = Math.floor((event.clientY - box.top) / (column.tall + column.gap) / part.factor)
    return y * this.acrossOf(i) + x
  }

  // The same latent in every column, by its number: grids may have different shapes.
  point(number) {
    this.parts.forEach((part, i) => {
      const hide = number === null || this.alone !== null || !part.picture || number >= this.countOf(i) || this.data.columns.length < 2
      part.cell.hidden = hide
      if (hide) return
      const [left, top] = this.cornerOf(i, number)
      const { cell, tall } = this.data.columns[i]
      Object.assign(part.cell.style, {
        left: `${left * part.factor}px`, top: `${top * part.factor}px`, width: `${cell * part.factor}px`, height: `${tall * part.factor}px`,
      })
    })
  }
}

// ---- pictures

function keep(key, base64) {
  if (store.has(key)) return
  const text = atob(base64)
  const bytes = Uint8Array.from(text, letter => letter.charCodeAt(0))
  const view = new DataView(bytes.buffer) // a PNG names its size in bytes 16 to 23
  store.set(key, {
    url: URL.createObjectURL(new Blob([bytes], { type: "image/png" })),
    width: view.getUint32(16), height: view.getUint32(20), bytes: bytes.length,
  })
  stored += bytes.length
  for (const [oldest, picture] of store) {
    if (stored <= STORE_BYTES) break
    URL.revokeObjectURL(picture.url)
    stored -= picture.bytes
    store.delete(oldest)
  }
}

function take(key) {
  const picture = store.get(key)
  if (picture) { store.delete(key); store.set(key, picture) }
  return picture
}

function element(tag, name = "") {
  const made = document.createElement(tag)
  made.className = name
  return made
}

function button(text, label, action) {
  const made = element("button")
  made.type = "button"
  made.textContent = text
  made.title = label
  made.setAttribute("aria-label", label)
  made.onclick = action
  return made
}

function bold(text) {
  const made = element("b")
  made.textContent = text
  return made
}
