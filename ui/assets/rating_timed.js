// One timed picture: a cross, the picture for as many frames as it is to be seen, four masks, and how long it was.
//
// Everything is drawn before it is shown; showing is bringing one canvas in front of the others. The time is taken from
// the timestamps of the frames in which picture and mask came in front, so it is what the screen did, not what was asked.

const COUNT_MS = 700        // each number of the countdown
const CROSS_MS = 500
const MASKS = 4
const MASK_MS = 30

class TimedTrial {
  constructor(frame, image, exposure_ms) {
    this.image = image
    this.asked = exposure_ms
    this.stage = document.createElement("div")
    this.stage.className = "stage"
    this.canvases = Array.from({ length: MASKS + 2 }, () => {
      const canvas = document.createElement("canvas")
      canvas.width = image.naturalWidth
      canvas.height = image.naturalHeight
      this.stage.append(canvas)
      return canvas
    })
    const [picture, ...rest] = this.canvases
    this.picture = picture
    this.cover = rest.pop()
    this.masks = rest
    this.cross = document.createElement("span")
    this.cross.className = "cross"
    this.cross.setAttribute("aria-hidden", "true")
    this.stage.append(this.cross)
    frame.replaceChildren(this.stage)
    this.front(this.cover)
    picture.getContext("2d").drawImage(image, 0, 0)
    for (const mask of this.masks) drawNoise(mask)
    this.onHide = () => { if (document.hidden) this.wasHidden = true }
    document.addEventListener("visibilitychange", this.onHide)
  }

  stop() {
    this.stopped = true
    document.removeEventListener("visibilitychange", this.onHide)
  }

  // Resolves to { start, shown_at, seen_ms }, or with `hidden`, `late` or `stopped` set where the showing is void.
  async run(withCountdown) {
    try {
      for (const number of withCountdown ? ["3", "2", "1"] : []) {
        this.cross.textContent = number
        await this.wait(COUNT_MS)
      }
      this.cross.textContent = "+"
      const period = await this.measure(CROSS_MS)
      this.cross.textContent = ""
      this.wasHidden = document.hidden
      const start = await this.bring(this.picture)
      const shown_at = new Date().toISOString()
      let end = await this.after(start, this.asked, period)
      this.front(this.masks[0])
      const seen_ms = Math.round(end - start)
      for (const mask of [...this.masks.slice(1), this.cover]) {
        end = await this.after(end, MASK_MS, period)
        this.front(mask)
      }
      const late = Math.abs(seen_ms - this.asked) > 2 * period
      return { start, shown_at, seen_ms, late, hidden: this.wasHidden, stopped: this.stopped }
    } finally {
      document.removeEventListener("visibilitychange", this.onHide)
    }
  }

  front(canvas) {
    this.inFront?.classList.remove("in-front")
    canvas.classList.add("in-front")
    this.inFront = canvas
    this.stage.dataset.front = canvas === this.picture ? "picture" : canvas === this.cover ? "" : "mask"
  }

  bring(canvas) {
    return new Promise(resolve => requestAnimationFrame(now => { this.front(canvas); resolve(now) }))
  }

  // The first frame that is nearer to `milliseconds` after `begin` than the one after it.
  after(begin, milliseconds, period) {
    return new Promise(resolve => {
      const look = now => {
        if (now - begin >= milliseconds - period / 2 || this.stopped) resolve(now)
        else requestAnimationFrame(look)
      }
      requestAnimationFrame(look)
    })
  }

  wait(milliseconds) {
    return new Promise(resolve => setTimeout(resolve, milliseconds))
  }

  // How long this screen takes for a frame, while the cross is shown.
  measure(milliseconds) {
    return new Promise(resolve => {
      const gaps = []
      let first = 0
      let last = 0
      const look = now => {
        if (last) gaps.push(now - last)
        first ||= now
        last = now
        if (now - first < milliseconds && !this.stopped) { requestAnimationFrame(look); return }
        resolve(gaps.length ? gaps.sort((a, b) => a - b)[gaps.length >> 1] : 1000 / 60)
      }
      requestAnimationFrame(look)
    })
  }
}

// Coarse and fine colour noise on top of one another: hides large forms as well as small ones.
function drawNoise(canvas) {
  const context = canvas.getContext("2d")
  for (const [cells, alpha] of [[6, 1], [16, 0.6], [48, 0.5], [128, 0.4]]) {
    const small = document.createElement("canvas")
    small.width = small.height = cells
    const pixels = new ImageData(cells, cells)
    for (let place = 0; place < pixels.data.length; place++) {
      pixels.data[place] = place % 4 === 3 ? 255 : Math.floor(Math.random() * 256)
    }
    small.getContext("2d").putImageData(pixels, 0, 0)
    context.globalAlpha = alpha
    context.drawImage(small, 0, 0, canvas.width, canvas.height)
  }
  context.globalAlpha = 1
}
