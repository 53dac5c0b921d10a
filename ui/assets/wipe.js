// Comparing pictures in place or side by side, at true pixels. See ui/wipe.py for the contract.

const STEP = 2            // a press of + or -, and a notch of the wheel takes its square root
const KEY_SHARE = 0.02    // of the width: a press of an arrow on the divider
const KEY_PIXELS = 48     // an arrow on the picture moves it so far
const LEAST_HEIGHT = 200
const FLICKER_MS = 700    // each picture is seen so long: far below what could harm anybody's eyes

const wipes = new WeakMap()

export default function (component) {
  const { parentElement } = component
  let wipe = wipes.get(parentElement)
  if (!wipe) {
    wipe = new Wipe(parentElement.querySelector("#wipe"))
    wipes.set(parentElement, wipe)
  }
  wipe.receive(component.data)
  return () => {
    wipe.close()
    wipes.delete(parentElement)
  }
}

class Wipe {
  constructor(root) {
    this.root = root
    this.mode = null
    this.zoom = null         // screen pixels per pixel of the largest picture; null: as large as fits
    this.centre = [0.5, 0.5] // of the picture, what lies in the middle of a stage; in shares
    this.cuts = []           // places of the dividers, shares of the stage's width
    this.untouched = true    // no divider was moved yet: they share out what is seen of the picture
    this.fingers = new Map() // pointer id -> [x, y]
    this.signature = ""
    this.onResize = () => this.data && this.layOut()
    this.resizing = new ResizeObserver(this.onResize)
    this.resizing.observe(root)
    window.addEventListener("resize", this.onResize)
    document.addEventListener("fullscreenchange", this.onResize)
  }

  close() {
    clearInterval(this.flickering)
    this.resizing.disconnect()
    window.removeEventListener("resize", this.onResize)
    document.removeEventListener("fullscreenchange", this.onResize)
  }

  receive(data) {
    const signature = JSON.stringify([data.panes.map(pane => pane.key), data.zoom, data.tallest])
    const same = signature === this.signature
    const count = data.panes.length
    const last = this.data
    this.data = data
    if (same) { // what is looked at stays; only words may have changed
      if (JSON.stringify(last.panes) !== JSON.stringify(data.panes)) this.show()
      return
    }
    this.signature = signature
    if (!last || last.mode !== data.mode || this.mode === null) this.mode = data.mode
    if (this.cuts.length !== count - 1) [this.cuts, this.untouched] = [Array(count - 1).fill(0.5), true]
    this.width = Math.max(...data.panes.map(pane => pane.width))
    this.height = Math.max(...data.panes.map(pane => pane.height))
    if (!last || last.panes.length !== count) this.zoom = null
    this.build()
  }

  // ---- what it is made of

  build() {
    const { panes, zoom } = this.data
    this.root.replaceChildren()
    this.bar = element("div", "bar")
    this.stageRow = element("div", "stages")
    this.notes = element("div", "notes")
    this.root.append(this.bar, this.stageRow, this.notes)
    if (zoom) {
      this.buildBar()
      this.root.append(
        text("div", "hint mouse", "Drag to move, click and turn the wheel to zoom (or Ctrl and the wheel), double-click for true pixels. Keys: arrows, +, −, 0 fits, 1 true pixels."),
        text("div", "hint touch", "Drag the divider; pinch to zoom."))
    }
    this.bar.hidden = !zoom
    this.buildStages()
    this.notes.append(...panes.filter(pane => pane.note).map(pane => text("span", "", `${pane.label}: ${pane.note}`)))
    this.show()
  }

  buildBar() {
    const button = (label, name, act) => {
      const made = text("button", "", label)
      made.type = "button"
      made.title = name
      made.setAttribute("aria-label", name)
      made.onclick = act
      return made
    }
    const group = (className, ...children) => {
      const made = element("div", `group ${className}`)
      made.append(...children)
      return made
    }
    this.modeButtons = {
      wipe: button("Wipe", "Wipe: in place, with a divider", () => this.turnTo("wipe")),
      side: button("Side by side", "Side by side, zoomed together", () => this.turnTo("side")),
    }
    this.fitButton = button("Fit", "Fit", () => this.zoomTo(null))
    this.levels = [1, 2, 4].map(level => [level, button(`${level}×`, `${level} screen pixels per pixel`, () => this.zoomTo(level))])
    this.out = button("−", "Zoom out", () => this.zoomTo(this.present() / STEP))
    this.in = button("+", "Zoom in", () => this.zoomTo(this.present() * STEP))
    this.readout = element("output")
    this.full = button("⛶", "Fill the screen", () => this.fill())
    this.full.hidden = !document.fullscreenEnabled
    this.bar.append(
      group("modes", this.modeButtons.wipe, this.modeButtons.side),
      group("levels", this.fitButton, ...this.levels.map(([, made]) => made)),
      group("steps", this.out, this.readout, this.in),
      element("div", "space"),
      group("", this.full))
    if (this.data.panes.length < 2) this.modeButtons.wipe.parentElement.hidden = true
    else if (this.data.flicker) {
      this.modeButtons.flicker = button("Flicker", "Flicker: one after the other in place. Space or a click switches by hand", () => this.turnTo("flicker"))
      this.modeButtons.side.after(this.modeButtons.flicker)
    }
  }

  buildStages() {
    const { panes } = this.data
    const sides = this.mode === "side" ? panes.map((_, i) => [i]) : [panes.map((_, i) => i)]
    this.stages = sides.map(indices => this.buildStage(indices))
    this.stageRow.replaceChildren(...this.stages.map(stage => stage.box))
    this.stageRow.style.setProperty("--across", String(this.stages.length))
    clearInterval(this.flickering)
    if (this.mode !== "flicker") return
    this.bringForward(0)
    if (matchMedia("(prefers-reduced-motion: no-preference)").matches) {
      this.flickering = setInterval(() => this.bringForward(this.front + 1), FLICKER_MS)
    }
  }

  buildStage(indices) {
    const box = element("div", "stage")
    const names = indices.map(i => this.data.panes[i].label).join(", ")
    box.setAttribute("role", "group")
    box.setAttribute("aria-label", indices.length > 1 ? `Comparison of ${names}` : names)
    if (this.data.zoom) box.tabIndex = 0
    const layers = indices.map(i => {
      const pane = this.data.panes[i]
      const layer = element("div", "layer")
      const image = element("img", "waiting")
      image.alt = pane.label
      image.draggable = false
      image.onload = () => image.classList.remove("waiting")
      image.onerror = () => layer.append(text("div", "lost", `${pane.label} could not be loaded.`))
      image.src = address(pane.url)
      layer.append(image)
      const label = text("div", "label", pane.label)
      box.append(layer)
      return { layer, image, label, pane }
    })
    for (const { label } of layers) box.append(label)
    const stage = { box, layers, dividers: [] }
    for (let i = 0; i + 1 < indices.length && this.mode !== "flicker"; i++) {
      const divider = element("div", "divider")
      divider.tabIndex = 0
      divider.setAttribute("role", "slider")
      divider.setAttribute("aria-orientation", "horizontal")
      divider.setAttribute("aria-valuemin", "0")
      divider.setAttribute("aria-valuemax", "100")
      divider.setAttribute("aria-label", `Divider between ${layers[i].pane.label} and ${layers[i + 1].pane.label}`)
      divider.addEventListener("keydown", event => this.dividerKey(event, i))
      divider.addEventListener("pointerdown", event => this.grab(event, stage, i))
      stage.dividers.push(divider)
      box.append(divider)
    }
    box.addEventListener("pointerdown", event => this.touch(event, stage))
    box.addEventListener("pointermove", event => this.moveOn(event, stage))
    for (const end of ["pointerup", "pointercancel"]) box.addEventListener(end, event => this.letGo(event, stage))
    if (this.data.zoom) {
      box.addEventListener("wheel", event => this.wheel(event, stage), { passive: false })
      box.addEventListener("dblclick", event => {
        const at = this.shareAt(event, stage)
        this.zoomTo(this.zoom === 1 ? null : 1, at, event, stage)
      })
      box.addEventListener("keydown", event => this.key(event))
    }
    return stage
  }

  // ---- what a person does

  turnTo(mode) {
    if (mode === this.mode) return
    this.mode = mode
    this.buildStages()
    this.show()
  }

  // One of the pictures that lie over one another, and its name.
  bringForward(index) {
    const { layers } = this.stages[0]
    this.front = index % layers.length
    layers.forEach(({ layer, label }, i) => {
      layer.classList.toggle("behind", i !== this.front)
      label.classList.toggle("behind", i !== this.front)
    })
  }

  switchByHand() {
    clearInterval(this.flickering)
    this.bringForward(this.front + 1)
  }

  fill() {
    if (document.fullscreenElement) document.exitFullscreen()
    else this.root.requestFullscreen()
  }

  // at: the share of the picture that stays under the pointer of `event`
  zoomTo(zoom, at, event, stage) {
    if (zoom !== null) {
      const fit = this.fitZoom()
      zoom = Math.min(this.data.max_zoom, Math.max(Math.min(fit, 1) / 2, zoom))
      if (zoom <= Math.min(fit, 1) && zoom < 1) zoom = null // smaller than what fits shows nothing more
    }
    this.zoom = zoom
    if (zoom === null) this.centre = [0.5, 0.5]
    else if (at) {
      const box = stage.box.getBoundingClientRect()
      const css = this.cssScale()
      this.centre = [
        at[0] - (event.clientX - box.left - box.width / 2) / (this.width * css),
        at[1] - (event.clientY - box.top - box.height / 2) / (this.height * css),
      ]
    }
    this.show()
  }

  wheel(event, stage) {
    const isMeant = event.ctrlKey || event.metaKey || stage.box.matches(":focus-within")
    if (!isMeant) return // the page scrolls
    event.preventDefault()
    const factor = Math.sqrt(STEP) ** -Math.sign(event.deltaY)
    const next = event.ctrlKey && Math.abs(event.deltaY) < 40 ? Math.exp(-event.deltaY / 60) : factor // a trackpad pinch
    this.zoomTo(this.present() * next, this.shareAt(event, stage), event, stage)
  }

  grab(event, stage, i) {
    if (event.button) return
    event.preventDefault()
    event.stopPropagation()
    const divider = stage.dividers[i]
    divider.focus({ focusVisible: false })
    divider.setPointerCapture(event.pointerId)
    const move = moved => this.cutAt(moved, stage, i)
    const end = () => {
      divider.removeEventListener("pointermove", move)
      divider.removeEventListener("pointerup", end)
      divider.removeEventListener("pointercancel", end)
    }
    divider.addEventListener("pointermove", move)
    divider.addEventListener("pointerup", end)
    divider.addEventListener("pointercancel", end)
  }

  cutAt(event, stage, i) {
    const box = stage.box.getBoundingClientRect()
    this.cut(i, (event.clientX - box.left) / box.width)
  }

  cut(i, place) {
    const least = i ? this.cuts[i - 1] : 0
    const most = i + 1 < this.cuts.length ? this.cuts[i + 1] : 1
    this.cuts[i] = Math.min(most, Math.max(least, place))
    this.untouched = false
    this.layOut()
  }

  // On the picture itself: a drag moves it where it is larger than its stage, and the nearest divider otherwise.
  touch(event, stage) {
    if (event.button) return
    const { box } = stage
    if (this.data.zoom && event.pointerType === "mouse") box.focus({ preventScroll: true, focusVisible: false })
    box.setPointerCapture(event.pointerId)
    this.fingers.set(event.pointerId, [event.clientX, event.clientY])
    const larger = this.isLarger(stage)
    this.drag = { larger, divider: larger ? -1 : this.nearestDivider(event, stage), moved: false }
  }

  moveOn(event, stage) {
    const before = this.fingers.get(event.pointerId)
    if (!before) return
    if (this.fingers.size === 2 && this.data.zoom) return this.pinch(event, stage)
    const [dx, dy] = [event.clientX - before[0], event.clientY - before[1]]
    if (!this.drag.moved && Math.hypot(dx, dy) < 4) return // a click, or the first half of a double one
    this.drag.moved = true
    this.fingers.set(event.pointerId, [event.clientX, event.clientY])
    if (this.drag.larger) this.pan(-dx, -dy)
    else if (this.drag.divider >= 0) this.cutAt(event, stage, this.drag.divider)
    stage.box.classList.toggle("moving", this.drag.larger)
  }

  letGo(event, stage) {
    if (this.mode === "flicker" && event.type === "pointerup" && this.fingers.has(event.pointerId) && !this.drag.moved) this.switchByHand()
    this.fingers.delete(event.pointerId)
    stage.box.classList.remove("moving")
  }

  pinch(event, stage) {
    const [other] = [...this.fingers].filter(([id]) => id !== event.pointerId).map(([, place]) => place)
    const before = this.fingers.get(event.pointerId)
    const apart = place => Math.hypot(place[0] - other[0], place[1] - other[1])
    const now = [event.clientX, event.clientY]
    const middle = { clientX: (now[0] + other[0]) / 2, clientY: (now[1] + other[1]) / 2 }
    const at = this.shareAt(middle, stage)
    this.fingers.set(event.pointerId, now)
    if (apart(before) > 1) this.zoomTo(this.present() * apart(now) / apart(before), at, middle, stage)
  }

  nearestDivider(event, stage) {
    if (!stage.dividers.length) return -1
    const box = stage.box.getBoundingClientRect()
    const place = (event.clientX - box.left) / box.width
    const distances = this.cuts.map(cut => Math.abs(cut - place))
    return distances.indexOf(Math.min(...distances))
  }

  pan(dx, dy) {
    const css = this.cssScale()
    this.centre = [this.centre[0] + dx / (this.width * css), this.centre[1] + dy / (this.height * css)]
    this.layOut()
  }

  dividerKey(event, i) {
    const step = event.shiftKey ? KEY_SHARE * 5 : KEY_SHARE
    const to = {
      ArrowLeft: this.cuts[i] - step, ArrowDown: this.cuts[i] - step,
      ArrowRight: this.cuts[i] + step, ArrowUp: this.cuts[i] + step,
      Home: 0, End: 1,
    }[event.key]
    if (to === undefined || event.ctrlKey || event.metaKey || event.altKey) return
    event.preventDefault()
    event.stopPropagation()
    this.cut(i, to)
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    if (event.key === " " && this.mode === "flicker") {
      event.preventDefault()
      return this.switchByHand()
    }
    const act = {
      ArrowLeft: () => this.pan(-KEY_PIXELS, 0), ArrowRight: () => this.pan(KEY_PIXELS, 0),
      ArrowUp: () => this.pan(0, -KEY_PIXELS), ArrowDown: () => this.pan(0, KEY_PIXELS),
      "+": () => this.zoomTo(this.present() * STEP), "=": () => this.zoomTo(this.present() * STEP),
      "-": () => this.zoomTo(this.present() / STEP), 0: () => this.zoomTo(null), 1: () => this.zoomTo(1),
      2: () => this.zoomTo(2), 4: () => this.zoomTo(4),
    }[event.key]
    if (!act || (event.key.startsWith("Arrow") && !this.isLarger(this.stages[0]))) return
    event.preventDefault()
    act()
  }

  // ---- where everything lies

  // The zoom that shows the whole picture: a whole number of screen pixels where there is room for it.
  fitZoom() {
    const ratio = window.devicePixelRatio || 1
    const [width, height] = this.room()
    const fit = Math.min(width * ratio / this.width, height * ratio / this.height)
    return fit > 1 ? Math.min(this.data.max_zoom, Math.floor(fit)) : fit
  }

  // Of one stage, in CSS pixels: what the page offers.
  room() {
    const across = this.mode === "side" && matchMedia("(min-width: 641px)").matches ? this.data.panes.length : 1
    const down = this.mode === "side" && across === 1 ? this.data.panes.length : 1
    const width = Math.max(80, (this.root.clientWidth - (across - 1) * 8 - this.padding()) / across)
    if (document.fullscreenElement) return [width, (window.innerHeight - 150) / down]
    const probe = element("div")
    probe.style.cssText = `position: absolute; visibility: hidden; height: ${this.data.tallest}`
    this.root.append(probe)
    const tallest = probe.getBoundingClientRect().height || window.innerHeight * 0.7
    probe.remove()
    return [width, Math.max(LEAST_HEIGHT, down > 1 ? tallest * 0.42 : tallest)]
  }

  padding() {
    const style = getComputedStyle(this.root)
    return parseFloat(style.paddingLeft) + parseFloat(style.paddingRight)
  }

  present() {
    return this.zoom ?? this.fitZoom()
  }

  cssScale() {
    return this.present() / (window.devicePixelRatio || 1)
  }

  isLarger(stage) {
    const css = this.cssScale()
    return this.width * css > stage.box.clientWidth + 1 || this.height * css > stage.box.clientHeight + 1
  }

  shareAt(event, stage) {
    const box = stage.box.getBoundingClientRect()
    const css = this.cssScale()
    return [
      this.centre[0] + (event.clientX - box.left - box.width / 2) / (this.width * css),
      this.centre[1] + (event.clientY - box.top - box.height / 2) / (this.height * css),
    ]
  }

  show() {
    if (this.data.zoom) {
      for (const [mode, made] of Object.entries(this.modeButtons)) made.setAttribute("aria-pressed", String(mode === this.mode))
      this.fitButton.setAttribute("aria-pressed", String(this.zoom === null))
      for (const [level, made] of this.levels) made.setAttribute("aria-pressed", String(this.zoom === level))
    }
    this.layOut()
  }

  layOut() {
    if (!this.root.clientWidth) return
    const ratio = window.devicePixelRatio || 1
    const css = this.cssScale()
    const [roomWide, roomHigh] = this.room()
    const [wide, high] = [this.width * css, this.height * css]
    const fitCss = this.fitZoom() / ratio
    // A stage keeps the height of the whole picture while there is room, so that nothing jumps when zooming in.
    const stageHigh = Math.round(this.zoom === null ? Math.max(Math.min(LEAST_HEIGHT, roomHigh), this.height * fitCss)
      : Math.min(roomHigh, Math.max(high, this.height * fitCss, LEAST_HEIGHT)))
    for (const stage of this.stages) {
      const stageWide = stage.box.clientWidth || roomWide
      stage.box.style.height = `${stageHigh}px`
      const place = (centre, size, room) => {
        if (size <= room) return [(room - size) / 2, 0.5]
        const most = (size - room / 2) / size
        const kept = Math.min(most, Math.max(room / 2 / size, centre))
        return [room / 2 - kept * size, kept]
      }
      const [left, x] = place(this.centre[0], wide, stageWide)
      const [top, y] = place(this.centre[1], high, stageHigh)
      this.centre = [x, y]
      // A pixel of the picture begins where one of the screen does, wherever the stage itself lies.
      const corner = stage.box.getBoundingClientRect()
      const onGrid = (value, origin) => Math.round((value + origin) * ratio) / ratio - origin
      for (const { image, pane } of stage.layers) {
        // By place and size, not by a transform: the browser puts those on whole screen pixels.
        image.style.left = `${onGrid(left, corner.left)}px`
        image.style.top = `${onGrid(top, corner.top)}px`
        image.style.width = `${wide}px`
        image.style.height = `${high}px`
        image.classList.toggle("pixels", wide * ratio > pane.width * 1.001)
      }
      stage.box.classList.toggle("larger", this.isLarger(stage))
      if (this.untouched && stage.dividers.length) {
        const [from, to] = [Math.max(0, left) / stageWide, Math.min(stageWide, left + wide) / stageWide]
        this.cuts = this.cuts.map((_, i) => from + (to - from) * (i + 1) / (this.cuts.length + 1))
      }
      this.layOutCuts(stage, stageWide)
    }
    if (this.data.zoom) this.readout.textContent = `${Math.round(this.present() * 100)} %`
  }

  layOutCuts(stage, stageWide) {
    const edges = [0, ...this.cuts, 1]
    stage.layers.forEach(({ layer, label }, i) => {
      const [from, to] = stage.dividers.length ? [edges[i], edges[i + 1]] : [0, 1]
      layer.style.clipPath = stage.dividers.length ? `inset(0 ${(1 - to) * 100}% 0 ${from * 100}%)` : ""
      const width = (to - from) * stageWide
      const margin = i ? 14 : 8
      label.hidden = width < 56
      label.style.left = `${from * stageWide + margin}px`
      label.style.maxWidth = `${Math.max(0, width - margin - 10)}px`
    })
    stage.dividers.forEach((divider, i) => {
      divider.style.left = `${this.cuts[i] * 100}%`
      divider.setAttribute("aria-valuenow", String(Math.round(this.cuts[i] * 100)))
      divider.setAttribute("aria-valuetext", `${Math.round(this.cuts[i] * 100)} percent from the left`)
    })
  }
}

// Streamlit names files from the root of the app, which is not the root of the host behind a proxy. Pages have no
// folders, so the app's root is the folder of the page's own address.
function address(url) {
  return url.startsWith("/") ? new URL(`.${url}`, document.baseURI).href : url
}

function element(name, className = "") {
  const made = document.createElement(name)
  if (className) made.className = className
  return made
}

function text(name, className, words) {
  const made = element(name, className)
  made.textContent = words
  return made
}
