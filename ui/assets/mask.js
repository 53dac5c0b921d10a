// Painting a mask over a picture. See ui/style_mask.py for the contract.

const MOST_UNDOS = 24          // each at most a megabyte
const TINT = "#ff2d6f"         // seen on nearly any picture, in light and dark
const STEP = 4                 // mask pixels that an arrow key moves the brush; with Shift four times as far

const painters = new WeakMap()

export default function (component) {
  const { parentElement } = component
  let painter = painters.get(parentElement)
  if (!painter) {
    painter = new Painter(parentElement.querySelector("#mask"))
    painters.set(parentElement, painter)
  }
  painter.receive(component)
}

class Painter {
  constructor(root) {
    this.root = root
    this.tool = "brush"
    this.size = 0
    this.undos = []
    this.signature = ""
    this.layer = document.createElement("canvas") // opaque where painted, clear elsewhere
    this.build()
  }

  build() {
    this.tools = {}
    const tools = element("div", "tools", { role: "toolbar", "aria-label": "Tools of the mask" })
    const group = tools.appendChild(element("div", "group"))
    for (const [name, title, tip] of [
      ["brush", "Brush", "Paint (B)"],
      ["eraser", "Eraser", "Take paint away (E)"],
      ["lasso", "Lasso", "Draw around a part to fill it (L)"],
    ]) {
      const button = group.appendChild(element("button", "", { type: "button", title: tip }))
      button.textContent = title
      button.onclick = () => this.choose(name)
      this.tools[name] = button
    }
    const size = tools.appendChild(element("label", "size"))
    size.append("Size")
    this.slider = size.appendChild(element("input", "", { type: "range", min: "2", max: "160", "aria-label": "Brush size in pixels" }))
    this.told = size.appendChild(element("output"))
    this.slider.oninput = () => this.resize(Number(this.slider.value))
    const acts = tools.appendChild(element("div", "group"))
    this.undo_ = this.act(acts, "Undo", "Take the last stroke back (Ctrl+Z)", () => this.undo())
    this.act(acts, "Invert", "Painted and unpainted change places (I)", () => this.change(() => this.invert()))
    this.act(acts, "Fill", "Paint everything", () => this.change(() => this.fill()))
    this.act(acts, "Clear", "Take all paint away", () => this.change(() => this.clear()))

    this.stage = element("div", "stage", { tabindex: "0", role: "application" })
    this.image = this.stage.appendChild(element("img", "", { alt: "", draggable: "false" }))
    this.tint = this.stage.appendChild(element("canvas", "tint"))
    this.ring = this.stage.appendChild(element("div", "ring"))
    this.ring.hidden = true
    this.hint = element("div", "hint")
    const end = element("div", "tools")
    this.share = end.appendChild(element("span", "hint", { role: "status" }))
    end.appendChild(element("span", "spacer"))
    this.use = end.appendChild(element("button", "use", { type: "button" }))
    this.use.onclick = () => this.done()
    this.root.replaceChildren(tools, this.stage, this.hint, end)

    this.stage.addEventListener("pointerdown", event => this.down(event))
    this.stage.addEventListener("pointermove", event => this.move(event))
    this.stage.addEventListener("pointerup", event => this.up(event))
    this.stage.addEventListener("pointercancel", event => this.up(event))
    this.stage.addEventListener("pointerleave", () => { if (!this.path) this.ring.hidden = true })
    this.stage.addEventListener("contextmenu", event => event.preventDefault())
    this.stage.addEventListener("blur", () => { this.ring.hidden = true; this.pen(false) })
    this.root.addEventListener("keydown", event => this.key(event))
    this.root.addEventListener("keyup", event => { if (event.target === this.stage && event.key === " ") this.pen(false) })
    this.choose("brush")
  }

  act(parent, title, tip, does) {
    const button = parent.appendChild(element("button", "", { type: "button", title: tip }))
    button.textContent = title
    button.onclick = does
    return button
  }

  // ---- what Python says

  receive({ data, setTriggerValue }) {
    this.tell = setTriggerValue
    this.use.textContent = data.use
    this.hint.textContent = data.hint
    this.stage.setAttribute("aria-label", data.label)
    if (this.signature === data.signature) return
    this.signature = data.signature
    this.image.src = data.picture
    this.width = data.width
    this.height = data.height
    this.stage.style.aspectRatio = `${data.width} / ${data.height}`
    this.stage.style.setProperty("--ratio", String(data.width / data.height))
    for (const canvas of [this.layer, this.tint]) {
      canvas.width = data.width
      canvas.height = data.height
    }
    this.undos = []
    this.at = { x: data.width / 2, y: data.height / 2 }
    this.resize(Math.round(Math.max(data.width, data.height) / 10))
    this.show()
    if (data.mask) this.begin(data.mask)
  }

  // A mask to go on with: white becomes paint.
  begin(url) {
    const image = new Image()
    image.onload = () => {
      const context = this.context()
      context.clearRect(0, 0, this.width, this.height)
      context.drawImage(image, 0, 0, this.width, this.height)
      const pixels = context.getImageData(0, 0, this.width, this.height)
      for (let at = 0; at < pixels.data.length; at += 4) {
        pixels.data[at + 3] = pixels.data[at]
        pixels.data[at] = pixels.data[at + 1] = pixels.data[at + 2] = 255
      }
      context.putImageData(pixels, 0, 0)
      this.show()
    }
    image.src = url
  }

  // ---- tools

  choose(tool) {
    this.tool = tool
    for (const [name, button] of Object.entries(this.tools)) button.setAttribute("aria-pressed", String(name === tool))
    this.slider.disabled = tool === "lasso"
  }

  resize(size) {
    this.size = Math.min(160, Math.max(2, size))
    this.slider.value = String(this.size)
    this.told.textContent = `${this.size} px`
    this.place()
  }

  context() {
    return this.layer.getContext("2d", { willReadFrequently: true })
  }

  remember() {
    this.undos.push(this.context().getImageData(0, 0, this.width, this.height))
    if (this.undos.length > MOST_UNDOS) this.undos.shift()
  }

  change(does) {
    this.remember()
    does()
    this.show()
  }

  undo() {
    const before = this.undos.pop()
    if (before) this.context().putImageData(before, 0, 0)
    this.show()
  }

  fill() {
    const context = this.context()
    context.globalCompositeOperation = "source-over"
    context.fillStyle = "#fff"
    context.fillRect(0, 0, this.width, this.height)
  }

  clear() {
    this.context().clearRect(0, 0, this.width, this.height)
  }

  invert() {
    const context = this.context()
    const pixels = context.getImageData(0, 0, this.width, this.height)
    for (let at = 0; at < pixels.data.length; at += 4) {
      pixels.data[at] = pixels.data[at + 1] = pixels.data[at + 2] = 255
      pixels.data[at + 3] = 255 - pixels.data[at + 3]
    }
    context.putImageData(pixels, 0, 0)
  }

  // ---- painting

  spot(event) {
    const box = this.stage.getBoundingClientRect()
    return { x: (event.clientX - box.left) / box.width * this.width, y: (event.clientY - box.top) / box.height * this.height }
  }

  down(event) {
    if (event.button > 0 && event.pointerType === "mouse") return
    event.preventDefault()
    this.stage.focus({ preventScroll: true })
    this.stage.setPointerCapture(event.pointerId)
    this.pointer = event.pointerId
    this.start(this.spot(event))
  }

  move(event) {
    if (this.path && event.pointerId !== this.pointer) return
    this.at = this.spot(event)
    this.place()
    if (!this.path) return
    const spots = event.getCoalescedEvents ? event.getCoalescedEvents() : []
    for (const each of spots.length ? spots : [event]) this.go(this.spot(each))
    this.show()
  }

  up(event) {
    if (this.path && event.pointerId === this.pointer) this.finish()
  }

  start(spot) {
    this.remember()
    this.path = [spot]
    this.at = spot
    if (this.tool !== "lasso") this.stroke(spot, spot)
    this.place()
    this.show()
  }

  go(spot) {
    const last = this.path[this.path.length - 1]
    this.path.push(spot)
    if (this.tool !== "lasso") this.stroke(last, spot)
  }

  finish() {
    if (this.tool === "lasso" && this.path.length > 2) {
      const context = this.context()
      context.globalCompositeOperation = "source-over"
      context.fillStyle = "#fff"
      context.fill(outline(this.path))
    }
    this.path = null
    this.show()
  }

  stroke(from, to) {
    const context = this.context()
    context.globalCompositeOperation = this.tool === "eraser" ? "destination-out" : "source-over"
    context.strokeStyle = "#fff"
    context.lineCap = context.lineJoin = "round"
    context.lineWidth = this.size
    context.beginPath()
    context.moveTo(from.x, from.y)
    context.lineTo(to.x + 0.01, to.y)
    context.stroke()
    context.globalCompositeOperation = "source-over"
  }

  // ---- by keyboard: the arrows move, Space paints as long as it is held

  key(event) {
    const letter = event.key.toLowerCase()
    if ((event.ctrlKey || event.metaKey) && letter === "z") {
      event.preventDefault()
      this.undo()
      return
    }
    if (event.target !== this.stage || event.ctrlKey || event.metaKey || event.altKey) return
    const way = { arrowleft: [-1, 0], arrowright: [1, 0], arrowup: [0, -1], arrowdown: [0, 1] }[letter]
    const tool = { b: "brush", e: "eraser", l: "lasso" }[letter]
    if (way) {
      const step = STEP * (event.shiftKey ? 4 : 1)
      this.at = {
        x: Math.min(this.width, Math.max(0, this.at.x + way[0] * step)),
        y: Math.min(this.height, Math.max(0, this.at.y + way[1] * step)),
      }
      if (this.path) this.go(this.at)
      this.place()
      this.show()
    } else if (event.key === " ") {
      if (!event.repeat) this.pen(true)
    } else if (letter === "[" || letter === "]") {
      this.resize(this.size + (letter === "]" ? 4 : -4))
    } else if (letter === "i") {
      this.change(() => this.invert())
    } else if (tool) {
      this.choose(tool)
    } else {
      return
    }
    event.preventDefault()
    event.stopPropagation()
  }

  pen(isDown) {
    if (isDown && !this.path) this.start(this.at)
    if (!isDown && this.path) this.finish()
  }

  // ---- looks

  place() {
    if (!this.width || !this.at) return
    const wide = this.tool === "lasso" ? 6 : this.size
    this.ring.hidden = false
    this.ring.style.left = `${this.at.x / this.width * 100}%`
    this.ring.style.top = `${this.at.y / this.height * 100}%`
    this.ring.style.width = `${wide / this.width * 100}%`
    this.ring.style.height = `${wide / this.height * 100}%`
  }

  show() {
    if (this.waiting) return
    this.waiting = requestAnimationFrame(() => {
      this.waiting = 0
      this.paint()
    })
  }

  paint() {
    const context = this.tint.getContext("2d")
    context.globalCompositeOperation = "source-over"
    context.clearRect(0, 0, this.width, this.height)
    context.drawImage(this.layer, 0, 0)
    context.globalCompositeOperation = "source-in"
    context.fillStyle = TINT
    context.fillRect(0, 0, this.width, this.height)
    context.globalCompositeOperation = "source-over"
    if (this.path && this.tool === "lasso") {
      context.strokeStyle = TINT
      context.lineWidth = 2
      context.stroke(outline(this.path))
    }
    this.undo_.disabled = !this.undos.length
    if (this.path) return // the share is counted when the hand rests
    const pixels = this.context().getImageData(0, 0, this.width, this.height).data
    let painted = 0
    for (let at = 3; at < pixels.length; at += 4) painted += pixels[at]
    const percent = painted / 255 / (pixels.length / 4) * 100
    const words = percent > 0 && percent < 1 ? "less than 1" : percent > 99 && percent < 100 ? "over 99" : String(Math.round(percent))
    this.share.textContent = percent ? `${words} % painted` : "Nothing painted yet"
    this.use.disabled = !percent
  }

  done() {
    const out = document.createElement("canvas")
    out.width = this.width
    out.height = this.height
    const context = out.getContext("2d")
    context.fillStyle = "#000"
    context.fillRect(0, 0, this.width, this.height)
    context.drawImage(this.layer, 0, 0)
    this.tell("painted", out.toDataURL("image/png"))
  }
}

function outline(spots) {
  const path = new Path2D()
  spots.forEach((spot, index) => index ? path.lineTo(spot.x, spot.y) : path.moveTo(spot.x, spot.y))
  path.closePath()
  return path
}

function element(name, className = "", attributes = {}) {
  const made = document.createElement(name)
  if (className) made.className = className
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value)
  return made
}
