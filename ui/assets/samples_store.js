// The pictures that this tab has, whichever viewer asked for them, and what is decoded of them.

const STORE_BYTES = (navigator.deviceMemory ?? 4) >= 8 ? 512 << 20 : 256 << 20 // compressed, over all viewers
const AHEAD_BYTES = STORE_BYTES / 2 // more is not fetched before somebody looks at it
const WHOLE_AT_ONCE = 16            // decoded grids that are kept
const CELLS_AT_ONCE = 3000          // decoded single pictures that are kept

const store = new Map() // key -> {url, blob, width, height, bytes, said, flagged}, least recently used first
const wholes = new Map() // key -> promise of an ImageBitmap
const singles = new Map() // key and place -> ImageBitmap, or a promise of one
let stored = 0

const office = (globalThis.atelierSamples ??= { ask: new Map(), take: null, waiting: [] })
const listeners = new Set()
office.take = head => {
  for (const picture of head.pictures) if (!picture.refused) keep(picture)
  for (const listener of listeners) listener(head)
}
for (const head of office.waiting.splice(0)) office.take(head)

function keep({ key, data, said, flagged }) {
  if (store.has(key)) return
  const view = new DataView(data.buffer, data.byteOffset) // a PNG names its size in bytes 16 to 23
  const blob = new Blob([data], { type: "image/png" })
  const size = { width: view.getUint32(16), height: view.getUint32(20), bytes: data.length }
  store.set(key, { url: URL.createObjectURL(blob), blob, said, flagged, ...size })
  stored += data.length
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

// The whole grid, decoded.
function wholeOf(key, picture) {
  let found = wholes.get(key)
  if (!found) {
    found = createImageBitmap(picture.blob, { colorSpaceConversion: "none" })
    wholes.set(key, found)
    if (wholes.size > WHOLE_AT_ONCE) wholes.delete(wholes.keys().next().value)
  }
  return found
}

// One picture of a grid, decoded: at once if it is there, else `ready` is called when it is.
function singleOf(key, picture, [left, top, width, height], ready) {
  const name = `${key}#${left},${top}`
  const found = singles.get(name)
  if (found) return found instanceof ImageBitmap ? found : null
  const coming = createImageBitmap(picture.blob, left, top, width, height, { colorSpaceConversion: "none" })
  singles.set(name, coming)
  coming.then(bitmap => {
    singles.set(name, bitmap)
    if (singles.size > CELLS_AT_ONCE) singles.delete(singles.keys().next().value)
    ready()
  }, () => singles.delete(name))
  return null
}

// ---- where the pictures of a grid lie

function acrossOf(column, picture) {
  return Math.max(1, Math.round((picture.width + column.gap) / (column.cell + column.gap)))
}

function countOf(column, picture) {
  return acrossOf(column, picture) * Math.round((picture.height + column.gap) / (column.tall + column.gap))
}

function cornerOf(column, picture, number) {
  const across = acrossOf(column, picture)
  return [(number % across) * (column.cell + column.gap), Math.floor(number / across) * (column.tall + column.gap)]
}

// ---- elements

function element(tag, name = "", words = "") {
  const made = document.createElement(tag)
  if (name) made.className = name
  if (words) made.textContent = words
  return made
}

function button(text, label, action) {
  const made = element("button", "", text)
  made.type = "button"
  made.title = label
  made.setAttribute("aria-label", label)
  made.onclick = action
  return made
}

function bold(text) {
  return element("b", "", text)
}

// A chooser whose options are renamed in place, so that it stays open while epochs move on.
function fillSelect(select, options, value) {
  while (select.options.length > options.length) select.options[select.options.length - 1].remove()
  options.forEach(([name, label], i) => {
    if (!select.options[i]) select.append(document.createElement("option"))
    if (select.options[i].value !== String(name)) select.options[i].value = String(name)
    if (select.options[i].textContent !== label) select.options[i].textContent = label
  })
  if (select.value !== String(value)) select.value = String(value)
}

// A grid, or one of its pictures, enlarged by a whole number without smoothing.
class Sheet {
  constructor() {
    this.box = element("div", "sheet")
    this.image = element("img")
    this.marks = element("div", "marks")
    this.cell = element("div", "cell")
    this.cell.hidden = true
    this.box.append(this.image, this.marks, this.cell)
    this.key = ""
  }

  show(key, picture, alt) {
    if (this.key !== key) {
      this.key = key
      this.image.src = picture.url
    }
    if (this.image.alt !== alt) this.image.alt = alt
    this.picture = picture
  }

  // alone: number of the one picture that is seen, or null
  place(column, factor, alone) {
    const { width, height, flagged } = this.picture
    this.factor = factor
    this.box.classList.toggle("alone", alone !== null)
    const [left, top] = alone === null ? [0, 0] : cornerOf(column, this.picture, alone)
    const [w, h] = alone === null ? [width, height] : [column.cell, column.tall]
    Object.assign(this.box.style, { width: `${w * factor}px`, height: `${h * factor}px` })
    Object.assign(this.image.style, {
      width: `${width * factor}px`, height: `${height * factor}px`, left: `${-left * factor}px`, top: `${-top * factor}px`,
    })
    this.marks.replaceChildren(...(alone === null ? flagged ?? [] : []).map(number => {
      const mark = element("div", "mark")
      this.frame(mark, column, number)
      return mark
    }))
  }

  frame(mark, column, number) {
    const [left, top] = cornerOf(column, this.picture, number)
    Object.assign(mark.style, {
      left: `${left * this.factor}px`, top: `${top * this.factor}px`,
      width: `${column.cell * this.factor}px`, height: `${column.tall * this.factor}px`,
    })
  }

  // Outline the picture of this number; null outlines none.
  point(column, number) {
    this.cell.hidden = number === null || !this.picture || number >= countOf(column, this.picture)
    if (!this.cell.hidden) this.frame(this.cell, column, number)
  }

  numberAt(column, event) {
    const box = this.box.getBoundingClientRect()
    const x = Math.floor((event.clientX - box.left) / (column.cell + column.gap) / this.factor)
    const y = Math.floor((event.clientY - box.top) / (column.tall + column.gap) / this.factor)
    const number = y * acrossOf(column, this.picture) + x
    return number >= 0 && number < countOf(column, this.picture) ? number : null
  }
}
