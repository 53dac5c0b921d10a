// Pictures of one size to click: one sheet, enlarged by a whole number, a button for each. See ui/explore_wall.py.

const all = new WeakMap()

export default function (component) {
  const { parentElement } = component
  let wall = all.get(parentElement)
  if (!wall) {
    wall = new Wall(parentElement.querySelector("#wall"))
    all.set(parentElement, wall)
  }
  wall.tell = place => component.setTriggerValue("picked", { place, of: wall.data.of })
  wall.receive(component.data)
  return () => all.delete(parentElement)
}

class Wall {
  constructor(root) {
    this.root = root
    this.built = ""
    this.buttons = []
    root.addEventListener("keydown", event => this.move(event))
  }

  receive(data) {
    this.data = data
    const { cells, width, height, zoom, across, columns } = data
    const shape = JSON.stringify([cells, width, height, zoom, across, columns, data.label])
    if (shape !== this.built) {
      this.built = shape
      this.build()
    }
    this.root.style.setProperty("--sheet", data.sheet ? `url(data:image/png;base64,${data.sheet})` : "none")
    this.buttons.forEach((button, place) => {
      button?.classList.toggle("chosen", place === data.chosen)
      button?.setAttribute("aria-pressed", String(place === data.chosen))
    })
  }

  build() {
    const { root, data } = this
    const wide = data.width * data.zoom, tall = data.height * data.zoom
    root.className = data.strip ? "wall strip" : data.across ? "wall fixed" : "wall"
    root.setAttribute("role", "group")
    root.setAttribute("aria-label", data.label)
    root.style.setProperty("--wide", `${wide}px`)
    root.style.setProperty("--tall", `${tall}px`)
    root.style.setProperty("--across", data.across || "auto-fill")
    this.buttons = []
    root.replaceChildren(...data.cells.map((cell, place) => {
      const made = document.createElement(cell.sheet < 0 ? "div" : "button")
      made.className = cell.sheet < 0 ? "gap" : cell.head ? "cell head" : "cell"
      if (cell.sheet < 0) return made
      made.type = "button"
      made.title = cell.label
      made.setAttribute("aria-label", cell.label)
      const picture = document.createElement("span")
      picture.className = "picture"
      picture.style.backgroundSize = `${data.columns * wide}px auto`
      picture.style.backgroundPosition =
        `-${(cell.sheet % data.columns) * wide}px -${Math.floor(cell.sheet / data.columns) * tall}px`
      made.append(picture)
      if (cell.note) {
        const note = document.createElement("span")
        note.className = "note"
        note.textContent = cell.note
        made.append(note)
      }
      made.addEventListener("click", () => this.tell(place))
      this.buttons[place] = made
      return made
    }))
  }

  move(event) {
    const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: "up", ArrowDown: "down" }
    const step = steps[event.key]
    const place = this.buttons.indexOf(event.target)
    if (step === undefined || place < 0) return
    const across = Math.max(1, this.data.across || this.inARow())
    const to = place + (step === "up" ? -across : step === "down" ? across : step)
    if (!this.buttons[to]) return
    event.preventDefault()
    this.buttons[to].focus()
  }

  inARow() {
    const top = this.buttons.find(Boolean)?.offsetTop
    return this.buttons.filter(button => button?.offsetTop === top).length
  }
}
