// Drawing the points of a map on a canvas: few as discs, many as pixels, and as pictures where there is room for them.

const FEW = 4000         // up to so many points are drawn as smooth discs
const MOST_PICTURES = 500
const LEAST_PICTURE = 27 // pixels: smaller ones tell less than a dot
const LARGEST_PICTURE = 112
const ROOM = 0.8         // of the place that every picture has, if they stood evenly
const EDGE = 1           // pixels of a thumbnail's place that are left out: lossy pictures run into one another there
const DIM = 0.22         // of what is not chosen, while something is

// How large pictures are drawn, in pixels of the page; 0: dots.
function pictureSize(width, height, inSight) {
  if (!inSight || inSight > MOST_PICTURES) return 0
  const size = ROOM * Math.sqrt(width * height / inSight)
  return size < LEAST_PICTURE ? 0 : Math.min(LARGEST_PICTURE, size)
}

function dotRadius(inSight) {
  return inSight < 300 ? 6 : inSight < 2500 ? 4.5 : inSight < 12000 ? 3 : inSight < 40000 ? 2 : 1.25
}

class Painter {
  constructor(canvas) {
    this.canvas = canvas
    this.context = canvas.getContext("2d")
  }

  size(width, height, ratio) {
    this.width = width
    this.height = height
    this.ratio = ratio
    const [w, h] = [Math.max(1, Math.round(width * ratio)), Math.max(1, Math.round(height * ratio))]
    if (this.canvas.width !== w || this.canvas.height !== h) {
      this.canvas.width = w
      this.canvas.height = h
      this.pixels = null
    }
  }

  // scene: {points, count, classes, colours: [r, g, b] by class, own: Uint8Array of r, g, b by point | null,
  //         marks: Uint8Array | null, view: {x, y, scale}, ground: [r, g, b]}
  dots(scene) {
    const radius = dotRadius(scene.count)
    if (scene.count > FEW) this.asPixels(scene, radius)
    else this.asDiscs(scene, radius)
  }

  asDiscs({ points, count, classes, colours, own, marks, view }, radius) {
    const { context } = this
    context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0)
    context.clearRect(0, 0, this.width, this.height)
    context.strokeStyle = "rgb(128 128 128 / 0.55)"
    context.lineWidth = 1
    for (const chosen of marks ? [0, 1] : [0]) {
      context.globalAlpha = marks && !chosen ? DIM : 0.9
      for (let at = 0; at < count; at++) {
        const i = points.found[at]
        if (marks && marks[i] !== chosen) continue
        context.fillStyle = colourOf(i, classes, colours, own)
        context.beginPath()
        context.arc((points.places[2 * i] - view.x) * view.scale, (points.places[2 * i + 1] - view.y) * view.scale, radius, 0, 7)
        context.fill()
        if (own) context.stroke() // a picture may be as dark, or as light, as the ground
      }
    }
    context.globalAlpha = 1
  }

  asPixels({ points, count, classes, colours, own, marks, view, ground }, radius) {
    const { canvas, context, ratio } = this
    if (!this.pixels) {
      this.pixels = context.createImageData(canvas.width, canvas.height)
      this.words = new Uint32Array(this.pixels.data.buffer)
    }
    const { words } = this
    const { places, found } = points
    const { width, height } = canvas
    words.fill(0)
    const side = Math.max(1, Math.round(2 * radius * ratio)), half = side >> 1
    const scale = view.scale * ratio
    const bright = colours.map(([r, g, b]) => word(r, g, b))
    const dim = colours.map(colour => word(...colour.map((part, k) => part * DIM + ground[k] * (1 - DIM))))
    for (const chosen of marks ? [0, 1] : [0]) {
      const table = marks && !chosen ? dim : bright
      for (let at = 0; at < count; at++) {
        const i = found[at]
        if (marks && marks[i] !== chosen) continue
        const left = ((places[2 * i] - view.x) * scale | 0) - half, top = ((places[2 * i + 1] - view.y) * scale | 0) - half
        if (left < 0 || top < 0 || left + side > width || top + side > height) continue
        const colour = own && table === bright ? word(own[3 * i], own[3 * i + 1], own[3 * i + 2]) : table[classes[i]]
        for (let y = 0, line = top * width + left; y < side; y++, line += width) {
          const cut = side > 2 && (y === 0 || y === side - 1) ? 1 : 0 // round enough
          for (let x = cut; x < side - cut; x++) words[line + x] = colour
        }
      }
    }
    context.putImageData(this.pixels, 0, 0)
  }

  // Returns the sheets that are not there yet, of which nothing but dots can be shown.
  pictures({ points, count, classes, colours, own, marks, view }, size, sheets, cell, columns) {
    const { context } = this
    const missing = new Set()
    context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0)
    context.clearRect(0, 0, this.width, this.height)
    context.imageSmoothingQuality = "high"
    const inner = size * (cell - 2 * EDGE) / cell
    for (let at = 0; at < count; at++) {
      const i = points.found[at]
      const number = Math.floor(i / (columns * columns)), place = i % (columns * columns)
      const x = (points.places[2 * i] - view.x) * view.scale, y = (points.places[2 * i + 1] - view.y) * view.scale
      const sheet = sheets.get(number)
      context.globalAlpha = marks && !marks[i] ? DIM : 1
      context.fillStyle = colourOf(i, classes, colours, own)
      if (sheet && sheet !== "lost") {
        const left = place % columns * cell + EDGE, top = Math.floor(place / columns) * cell + EDGE
        context.drawImage(sheet, left, top, cell - 2 * EDGE, cell - 2 * EDGE, x - inner / 2, y - inner / 2, inner, inner)
        context.fillRect(x - size / 6, y + size / 2 + 1, size / 3, 3)
      } else {
        if (!sheet) missing.add(number)
        context.beginPath()
        context.arc(x, y, 5, 0, 7)
        context.fill()
      }
    }
    context.globalAlpha = 1
    return missing
  }
}

function word(r, g, b) {
  return (255 << 24 | b << 16 | g << 8 | r) >>> 0
}

function colourOf(i, classes, colours, own) {
  if (own) return `rgb(${own[3 * i]} ${own[3 * i + 1]} ${own[3 * i + 2]})`
  const [r, g, b] = colours[classes[i]]
  return `rgb(${r} ${g} ${b})`
}
