// A histogram with a threshold in it that is dragged. See ui/quality_threshold.py for the contract.
//
// The server sends how many pictures every step of the slider would flag, so the count follows the pointer without
// asking anybody; the server hears of the value when it is let go.

const SETTLED_MS = 350 // a key may be pressed again within it

const all = new WeakMap()

export default function (component) {
  const { parentElement } = component
  let threshold = all.get(parentElement)
  if (!threshold) {
    threshold = new Threshold(parentElement.querySelector("#threshold"))
    all.set(parentElement, threshold)
  }
  threshold.tell = value => component.setStateValue("chosen", value)
  threshold.receive(component.data)
  return () => {
    threshold.close()
    all.delete(parentElement)
  }
}

class Threshold {
  constructor(root) {
    this.root = root
    this.signature = ""
    this.step = 0
    this.waiting = 0
  }

  close() {
    clearTimeout(this.waiting)
  }

  receive(data) {
    const signature = JSON.stringify(data)
    if (signature === this.signature) return
    this.signature = signature
    this.data = data
    clearTimeout(this.waiting)
    this.build()
    this.move(this.stepOf(data.value), false)
  }

  stepOf(value) {
    const { lowest, highest, flagged } = this.data
    return Math.round((value - lowest) / (highest - lowest) * (flagged.length - 1))
  }

  valueOf(step) {
    if (step === this.stepOf(this.data.value)) return this.data.value // as it was set: not rounded to a step
    const { lowest, highest, flagged } = this.data
    return Number((lowest + (highest - lowest) * step / (flagged.length - 1)).toPrecision(4))
  }

  build() {
    const { data, root } = this
    const make = (name, parent, text = "", kind = "div") => {
      const made = document.createElement(kind)
      made.className = name
      made.textContent = text
      parent.append(made)
      return made
    }
    root.replaceChildren()
    root.className = "threshold"
    const line = make("count", root, "", "p")
    line.setAttribute("aria-live", "polite")
    this.number = make("", line, "", "b")
    this.words = make("", line, "", "span")
    this.plot = make("plot", root)
    this.plot.append(this.bars())
    if (data.usual !== null) make("usual", this.plot).style.left = `${this.share(data.usual) * 100}%`
    this.cut = make("cut", this.plot)
    this.slider = make("slider", root, "", "input")
    Object.assign(this.slider, { type: "range", min: 0, max: data.flagged.length - 1, step: 1 })
    this.slider.setAttribute("aria-label", data.label)
    const scale = make("scale", root)
    for (const value of [data.lowest, (data.lowest + data.highest) / 2, data.highest]) make("", scale, shown(value), "span")
    const legend = make("legend", root)
    const sign = (name, text) => {
      const entry = make("", legend, "", "span")
      make(name, entry, "", "i")
      entry.append(text)
    }
    sign("flagged", "flagged")
    sign("kept", "not flagged")
    if (data.excluded.some(count => count > 0)) sign("excluded", "excluded by you")
    if (data.usual !== null) sign("usual-sign", `usual threshold, ${shown(data.usual)}`)
    this.listen()
  }

  bars() {
    const { data } = this
    const space = "http://www.w3.org/2000/svg"
    const picture = document.createElementNS(space, "svg")
    picture.setAttribute("viewBox", "0 0 1000 100")
    picture.setAttribute("preserveAspectRatio", "none")
    picture.setAttribute("aria-hidden", "true")
    const most = Math.sqrt(Math.max(1, ...data.counts.map((count, place) => count + data.excluded[place])))
    const width = 1000 / data.counts.length
    const draw = (name, place, height) => {
      const bar = document.createElementNS(space, "rect")
      bar.setAttribute("class", name)
      bar.setAttribute("x", place * width)
      bar.setAttribute("width", width * 0.88)
      bar.setAttribute("y", 100 - height)
      bar.setAttribute("height", height)
      picture.append(bar)
      return bar
    }
    // Square roots: a handful stays to be seen beside thousands.
    this.drawn = data.counts.map((count, place) => {
      const whole = count + data.excluded[place]
      return draw("bar", place, whole ? Math.max(1.5, 100 * Math.sqrt(whole) / most) : 0)
    })
    data.excluded.forEach((count, place) => {
      if (count) draw("bar excluded", place, Math.max(2.5, 100 * Math.sqrt(count) / most))
    })
    return picture
  }

  listen() {
    const at = event => {
      const place = this.plot.getBoundingClientRect()
      const share = Math.min(1, Math.max(0, (event.clientX - place.left) / place.width))
      return Math.round(share * (this.data.flagged.length - 1))
    }
    let held = false
    this.plot.addEventListener("pointerdown", event => {
      if (event.button !== 0) return
      held = true
      this.plot.setPointerCapture(event.pointerId)
      this.move(at(event), false)
    })
    this.plot.addEventListener("pointermove", event => held && this.move(at(event), false))
    this.plot.addEventListener("pointerup", event => {
      if (held) this.move(at(event), true)
      held = false
    })
    this.plot.addEventListener("pointercancel", () => { // the page is scrolled instead
      held = false
      this.move(this.stepOf(this.data.value), false)
    })
    this.slider.addEventListener("input", () => this.move(Number(this.slider.value), false))
    this.slider.addEventListener("change", () => this.move(Number(this.slider.value), true))
  }

  share(value) {
    const { lowest, highest } = this.data
    return Math.min(1, Math.max(0, (value - lowest) / (highest - lowest)))
  }

  move(step, settled) {
    const { data } = this
    this.step = step
    const value = this.valueOf(step)
    const share = this.share(value)
    const flagged = step === this.stepOf(data.value) ? data.here : data.flagged[step]
    this.cut.style.left = `${share * 100}%`
    this.slider.value = step
    this.slider.setAttribute("aria-valuetext", `${shown(value)}: ${flagged} flagged`)
    this.number.textContent = flagged.toLocaleString("en")
    const side = data.direction === "below" ? "below" : "above"
    this.words.textContent = ` of ${data.measured.toLocaleString("en")} kept pictures ${side} ${shown(value)}`
    this.drawn.forEach((bar, place) => {
      const middle = (place + 0.5) / this.drawn.length
      bar.classList.toggle("flagged", data.direction === "below" ? middle < share : middle > share)
    })
    clearTimeout(this.waiting)
    if (settled) this.waiting = setTimeout(() => this.tell({ value, version: data.version }), SETTLED_MS)
  }
}

function shown(value) {
  return String(Number(value.toPrecision(3)))
}
