// Pictures as numbers: every pixel a block of screen pixels, its three numbers under the pointer or the arrow keys.
// See ui/augment_pixels.py for the contract.

const WIDEST = 200 // screen pixels of a small picture; larger ones get at least three to a pixel where there is room
const LEAST_BLOCK = 3

const views = new WeakMap()

export default function (component) {
  const { parentElement, data } = component
  let view = views.get(parentElement)
  if (!view) {
    view = new Pixels(parentElement.querySelector("#pixels"))
    views.set(parentElement, view)
  }
  view.receive(data)
  return () => {
    view.close()
    views.delete(parentElement)
  }
}

class Pixels {
  constructor(root) {
    this.root = root
    this.signature = ""
    this.canvases = []
    this.resizing = new ResizeObserver(() => this.layOut())
    this.resizing.observe(root)
  }

  close() {
    this.resizing.disconnect()
  }

  receive(data) {
    const signature = JSON.stringify(data)
    if (signature === this.signature) return
    this.signature = signature
    this.data = data
    this.canvases = []
    this.root.replaceChildren(...data.rows.map(row => this.row(row)), this.readout())
    this.layOut()
  }

  row({ title, pictures }) {
    const section = document.createElement("section")
    const heading = document.createElement("h4")
    heading.textContent = title
    const row = document.createElement("div")
    row.className = "row"
    row.append(...pictures.map(picture => this.figure(picture, title)))
    section.append(heading, row)
    return section
  }

  figure({ label, note, numbers }, title) {
    const { width, height, scale } = this.data
    const bytes = Uint8Array.from(atob(numbers), letter => letter.charCodeAt(0))
    const values = new DataView(bytes.buffer)
    const at = place => values.getInt16(2 * place, true) / scale
    const canvas = document.createElement("canvas")
    canvas.width = width
    canvas.height = height
    canvas.tabIndex = 0
    canvas.setAttribute("role", "img")
    canvas.setAttribute("aria-label", `${title}: ${label}. Arrow keys read its pixels.`)
    const context = canvas.getContext("2d")
    const image = context.createImageData(width, height)
    for (let pixel = 0; pixel < width * height; pixel++) {
      for (let channel = 0; channel < 3; channel++) image.data[4 * pixel + channel] = shown(at(3 * pixel + channel))
      image.data[4 * pixel + 3] = 255
    }
    context.putImageData(image, 0, 0)
    const read = (x, y) => {
      const column = Math.max(0, Math.min(width - 1, x)), line = Math.max(0, Math.min(height - 1, y))
      const place = 3 * (line * width + column)
      canvas.place = [column, line]
      this.tell(column, line, [at(place), at(place + 1), at(place + 2)])
    }
    const point = event => {
      const box = canvas.getBoundingClientRect()
      read(Math.floor((event.clientX - box.left) / box.width * width), Math.floor((event.clientY - box.top) / box.height * height))
    }
    canvas.onpointermove = point
    canvas.onpointerdown = point
    canvas.onkeydown = event => {
      const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key]
      if (!step) return
      event.preventDefault()
      const [x, y] = canvas.place ?? [0, 0]
      read(x + step[0], y + step[1])
    }
    this.canvases.push(canvas)
    const figure = document.createElement("figure")
    const caption = document.createElement("figcaption")
    caption.textContent = label
    if (note) {
      const more = document.createElement("span")
      more.textContent = note
      caption.append(more)
    }
    figure.append(canvas, caption)
    return figure
  }

  readout() {
    this.told = document.createElement("div")
    this.told.className = "readout"
    this.told.setAttribute("aria-live", "polite")
    this.told.textContent = "Point at a pixel to read its numbers."
    return this.told
  }

  tell(x, y, numbers) {
    const swatch = document.createElement("div")
    swatch.className = "swatch"
    swatch.style.background = `rgb(${numbers.map(shown).join(" ")})`
    const words = document.createElement("div")
    const [red, green, blue] = numbers.map(signed)
    const outside = numbers.some(number => number < -1 || number > 1) ? " · outside −1 to 1, shown clipped" : ""
    words.textContent = `Column ${x + 1}, row ${y + 1}: red ${red}, green ${green}, blue ${blue}${outside}`
    this.told.replaceChildren(swatch, words)
  }

  layOut() {
    if (!this.data) return
    const { width, height } = this.data
    const room = this.root.clientWidth
    const wished = Math.max(LEAST_BLOCK, Math.floor(WIDEST / Math.max(width, height)))
    const block = Math.max(1, Math.min(wished, Math.floor(room / width)))
    for (const canvas of this.canvases) {
      canvas.style.width = `${block * width}px`
      canvas.style.height = "auto"
      canvas.parentElement.style.width = `${block * width}px`
    }
  }
}

function shown(number) { // -1..1 -> 0..255, as a sample is saved
  return Math.max(0, Math.min(255, Math.round((number + 1) * 127.5)))
}

function signed(number) {
  return `${number < 0 ? "−" : "+"}${Math.abs(number).toFixed(3)}`
}
