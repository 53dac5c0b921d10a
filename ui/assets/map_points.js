// The points of a map: which are in sight, which is nearest, which lie in an outline. See ui/map_view.py.

const SIDE = 65536  // places a side
const CELLS = 128   // a side of the index

class Points {
  // places: Uint16Array of x and y in turn
  constructor(places) {
    this.places = places
    this.count = places.length >> 1
    const cell = new Uint16Array(this.count)
    this.starts = new Uint32Array(CELLS * CELLS + 1)
    for (let i = 0; i < this.count; i++) {
      cell[i] = (places[2 * i + 1] >> 9) * CELLS + (places[2 * i] >> 9)
      this.starts[cell[i] + 1]++
    }
    for (let c = 0; c < CELLS * CELLS; c++) this.starts[c + 1] += this.starts[c]
    this.byCell = new Uint32Array(this.count)
    const next = this.starts.slice()
    for (let i = 0; i < this.count; i++) this.byCell[next[cell[i]]++] = i
    this.found = new Uint32Array(this.count)
  }

  // Fills `found` with the points within the rectangle whose class is shown; returns how many.
  within(left, top, right, bottom, classes, hidden) {
    const { places, starts, byCell, found } = this
    const [c0, c1] = [clampCell(left), clampCell(right)]
    const [r0, r1] = [clampCell(top), clampCell(bottom)]
    let count = 0
    for (let row = r0; row <= r1; row++) {
      // cells of a row stand one behind the other
      const end = starts[row * CELLS + c1 + 1]
      for (let at = starts[row * CELLS + c0]; at < end; at++) {
        const i = byCell[at]
        const x = places[2 * i], y = places[2 * i + 1]
        if (x >= left && x <= right && y >= top && y <= bottom && !hidden[classes[i]]) found[count++] = i
      }
    }
    return count
  }

  // The point nearest to a place, at most `reach` away; -1 where there is none.
  nearest(x, y, reach, classes, hidden) {
    const count = this.within(x - reach, y - reach, x + reach, y + reach, classes, hidden)
    let best = -1, least = reach * reach
    for (let at = 0; at < count; at++) {
      const i = this.found[at]
      const dx = this.places[2 * i] - x, dy = this.places[2 * i + 1] - y
      const apart = dx * dx + dy * dy
      if (apart <= least) { least = apart; best = i }
    }
    return best
  }

  // Marks the points inside an outline, by the even-odd rule, as core.catalog.mapped.inside does.
  mark(outline, classes, hidden, marks) {
    if (outline.length < 3) return
    const xs = outline.map(corner => corner[0]), ys = outline.map(corner => corner[1])
    const count = this.within(
      Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys), classes, hidden)
    for (let at = 0; at < count; at++) {
      const i = this.found[at]
      if (inside(this.places[2 * i], this.places[2 * i + 1], xs, ys)) marks[i] = 1
    }
  }
}

function clampCell(place) {
  return Math.max(0, Math.min(CELLS - 1, Math.floor(place / (SIDE / CELLS))))
}

function inside(x, y, xs, ys) {
  let odd = false
  for (let i = 0, last = xs.length - 1; i < xs.length; i++) {
    const j = i === last ? 0 : i + 1
    if (ys[i] !== ys[j] && (ys[i] > y) !== (ys[j] > y) && x < (xs[j] - xs[i]) * (y - ys[i]) / (ys[j] - ys[i]) + xs[i]) odd = !odd
  }
  return odd
}
