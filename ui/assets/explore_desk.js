// The picture at work with its sliders: the picture follows a slider while it is dragged. See ui/explore_desk.py.
//
// One question is on its way at a time. What a slider says meanwhile waits, and only its last word is sent: the server
// never falls behind the hand. The address of the page changes when a slider is let go, not while it is dragged.

const PATIENCE_MS = 3000 // an answer that takes longer is not waited for: the server may have been restarted
const NARROW = 560 // pixels, as in explore_desk.css: the sliders stand under the picture, which stays in sight above them
const LOW = 0.42 // of the window's height, which it takes then at most
const KEYS_MS = 300 // an arrow key may be pressed again within it

const all = new WeakMap()

export default function (component) {
  const { parentElement } = component
  let desk = all.get(parentElement)
  if (!desk) {
    desk = new Desk(parentElement.querySelector("#desk"))
    all.set(parentElement, desk)
  }
  desk.tell = moves => component.setStateValue("moves", moves)
  desk.receive(component.data)
  return () => {
    desk.close()
    all.delete(parentElement)
  }
}

class Desk {
  constructor(root) {
    this.root = root
    this.values = {}
    this.version = -1
    this.count = 0 // questions asked
    this.open = 0 // number of the one on its way; 0: none
    this.waiting = null // {settled} of what is to be sent next
    this.built = ""
    this.timer = 0
    this.calm = 0
    this.held = false
    this.observer = new ResizeObserver(() => this.fit())
    this.observer.observe(root)
  }

  close() {
    clearTimeout(this.timer)
    clearTimeout(this.calm)
    this.observer.disconnect()
  }

  receive(data) {
    this.data = data
    const shape = JSON.stringify(data.groups)
    if (shape !== this.built) {
      this.built = shape
      this.build()
      this.version = -1
    }
    if (data.version !== this.version) { // Python set other values: the browser's are of no account
      this.version = data.version
      this.count = Math.max(this.count, data.answered)
      this.open = 0
      this.waiting = null
      clearTimeout(this.timer)
      this.values = { ...data.values }
      for (const id of Object.keys(this.inputs)) this.showValue(id)
    }
    this.image.alt = data.alt
    this.now = data.picture
    this.before = data.before
    this.draw()
    this.fit()
    if (this.open && data.answered >= this.open) {
      this.open = 0
      clearTimeout(this.timer)
      this.root.dataset.milliseconds = String(Math.round(performance.now() - this.asked))
      if (this.waiting) this.send()
    }
    this.root.dataset.answered = String(data.answered)
  }

  build() {
    const { root, data } = this
    const make = (kind, name, parent, text = "") => {
      const made = document.createElement(kind)
      if (name) made.className = name
      if (text) made.textContent = text
      parent.append(made)
      return made
    }
    root.replaceChildren()
    root.className = "desk"
    this.inputs = {}
    const frame = make("div", "frame", root)
    this.image = make("img", "picture", frame)
    this.image.draggable = false
    this.badge = make("span", "badge", frame, "without sliders")
    const hold = held => {
      this.held = held
      this.draw()
    }
    this.image.addEventListener("pointerdown", () => hold(true))
    for (const end of ["pointerup", "pointerleave", "pointercancel"]) this.image.addEventListener(end, () => hold(false))
    const panel = make("div", "panel", root)
    for (const group of data.groups) {
      const box = make("details", "group", panel)
      box.open = group.open
      const title = make("summary", "", box)
      make("b", "", title, group.title)
      if (group.note) make("span", "about", box, group.note)
      for (const slider of group.sliders) this.buildSlider(slider, box, make)
    }
  }

  buildSlider(slider, box, make) {
    const line = make("div", "line", box)
    const label = make("label", "name", line, slider.label)
    label.title = slider.hint || slider.label
    const input = make("input", "", line)
    Object.assign(input, { type: "range", min: slider.min, max: slider.max, step: slider.step })
    input.setAttribute("aria-label", slider.label)
    const value = make("output", "", line)
    const back = make("button", "back", line, "↺")
    back.type = "button"
    back.title = `Back to ${this.word(slider, slider.usual)}`
    back.setAttribute("aria-label", `${slider.label}: back to ${this.word(slider, slider.usual)}`)
    this.inputs[slider.id] = { input, value, back, slider, line }
    input.addEventListener("input", () => this.move(slider.id, Number(input.value), false))
    input.addEventListener("change", () => this.move(slider.id, Number(input.value), true))
    const reset = () => this.move(slider.id, slider.usual, true)
    input.addEventListener("dblclick", reset)
    back.addEventListener("click", reset)
    this.showValue(slider.id)
  }

  word(slider, value) {
    if (slider.words && value in slider.words) return slider.words[value]
    const shown = Number(value).toFixed(slider.digits)
    return slider.signed && value > 0 ? `+${shown}` : shown
  }

  showValue(id) {
    const { input, value, back, slider } = this.inputs[id]
    const now = this.values[id] ?? slider.usual
    input.value = now
    value.textContent = this.word(slider, now)
    input.setAttribute("aria-valuetext", value.textContent)
    back.classList.toggle("idle", now === slider.usual)
    const share = at => `${100 * (at - slider.min) / (slider.max - slider.min)}%`
    const begin = slider.min < 0 && slider.max > 0 ? 0 : slider.min // filled from the middle where it has two sides
    input.style.setProperty("--from", share(Math.min(begin, now)))
    input.style.setProperty("--to", share(Math.max(begin, now)))
  }

  move(id, value, settled) {
    this.values[id] = value
    this.showValue(id)
    clearTimeout(this.calm)
    this.waiting = { settled: false }
    if (!this.open) this.send()
    if (settled) {
      this.calm = setTimeout(() => {
        this.waiting = { settled: true }
        if (!this.open) this.send()
      }, KEYS_MS)
    }
  }

  send() {
    const { settled } = this.waiting
    this.waiting = null
    this.open = ++this.count
    this.asked = performance.now()
    this.tell({ version: this.version, number: this.open, settled, values: { ...this.values } })
    clearTimeout(this.timer)
    this.timer = setTimeout(() => {
      this.open = 0
      if (this.waiting) this.send()
    }, PATIENCE_MS)
  }

  draw() {
    const before = this.held && this.before
    const picture = before ? this.before : this.now
    const url = picture ? `data:image/png;base64,${picture}` : ""
    if (this.image.src !== url) this.image.src = url
    this.badge.classList.toggle("seen", Boolean(before))
  }

  fit() {
    if (!this.data || !this.image) return
    const { width, height, tallest } = this.data
    const low = this.root.clientWidth < NARROW ? Math.min(tallest, LOW * window.innerHeight) : tallest
    const room = Math.min(this.image.parentElement.clientWidth, low * width / height)
    const zoom = Math.max(1, Math.floor(room / width))
    const wide = width > room ? room : width * zoom // larger than its place: made smaller, smoothly
    this.image.style.width = `${wide}px`
    this.image.style.imageRendering = width > room ? "auto" : "pixelated"
  }
}
