// The gallery: a page of pictures to look at, open and choose from. See ui/gallery.py for the contract.

const PICTURES_KEPT = 900 // over all galleries of this tab; some 6 kB each
const TELL_MS = 180       // Python hears of a choice when the hand rests this long

const kept = new Map()    // picture key -> object URL, least recently used first
const galleries = new WeakMap()

export default function (component) {
  const { parentElement } = component
  let gallery = galleries.get(parentElement)
  if (!gallery) {
    gallery = new Gallery(parentElement.querySelector("#gallery"))
    galleries.set(parentElement, gallery)
  }
  gallery.receive(component)
  return () => gallery.close()
}

class Gallery {
  constructor(root) {
    this.root = root
    this.chosen = new Set()
    this.version = null   // of the choice as Python set it
    this.signature = ""
    this.tiles = []
    this.anchor = 0       // where a shift-range starts
    this.at = 0           // the tile that Tab reaches
    root.addEventListener("click", event => this.click(event))
    root.addEventListener("keydown", event => this.key(event))
    root.addEventListener("mousedown", event => { if (event.shiftKey) event.preventDefault() })
    root.addEventListener("focusin", event => {
      const index = this.indexOf(event)
      if (index >= 0) this.reach(index)
    })
  }

  close() {
    if (this.telling) this.tell() // a choice made in the last moment still counts
    if (this.loading) this.loading.abort()
  }

  // ---- what Python says

  receive({ data, setStateValue, setTriggerValue }) {
    this.data = data
    this.setState = setStateValue
    this.trigger = setTriggerValue
    this.root.className = ["gallery", data.size, data.selectable ? "" : "plain", data.pixelated ? "pixelated" : "", data.strip ? "strip" : ""].join(" ").trim()
    this.root.setAttribute("role", "listbox")
    this.root.setAttribute("aria-label", data.label)
    this.root.setAttribute("aria-multiselectable", String(data.selectable))
    if (this.version !== data.version) {
      this.version = data.version
      this.chosen = new Set(data.selected)
      clearTimeout(this.telling)
      this.telling = 0
    }
    const signature = data.items.map(item => item.key).join()
    if (signature !== this.signature) {
      this.signature = signature
      this.build()
    }
    data.items.forEach((item, index) => this.describe(index, item))
    this.show()
    if (this.page !== undefined && this.page !== data.page && this.root.getBoundingClientRect().top < 0) this.root.scrollIntoView()
    this.page = data.page
  }

  build() {
    const hadFocus = this.root.contains(this.root.getRootNode().activeElement)
    this.anchor = this.at = 0
    this.tiles = this.data.items.map(item => {
      const tile = element("div", "tile", { role: "option", tabindex: "-1" })
      const frame = tile.appendChild(element("div", "frame"))
      const picture = frame.appendChild(element("div", `picture ${item.width >= item.height ? "wide" : "tall"}`))
      picture.style.aspectRatio = `${item.width} / ${item.height}`
      picture.style.backgroundColor = /^#[0-9a-f]{6}$/.test(item.tint) ? item.tint : "transparent"
      picture.appendChild(element("img", "", { alt: "", draggable: "false", decoding: "async" }))
      frame.appendChild(element("div", "badge"))
      frame.appendChild(element("div", "mark"))
      frame.appendChild(element("div", "check", { "aria-hidden": "true" }))
      tile.appendChild(element("div", "caption"))
      tile.appendChild(element("div", "note"))
      return tile
    })
    this.root.replaceChildren(...this.tiles)
    if (this.tiles.length) this.reach(0)
    if (hadFocus && this.tiles.length) this.tiles[0].focus({ preventScroll: true })
    this.load()
  }

  describe(index, item) {
    const tile = this.tiles[index]
    const said = [item.caption, item.note, item.mark, item.badge].filter(Boolean).join(", ")
    tile.setAttribute("aria-label", said || `Picture ${index + 1}`)
    tile.title = [item.caption, item.note, item.hint, item.mark].filter(Boolean).join("\n")
    tile.classList.toggle("marked", Boolean(item.mark))
    const mark = tile.querySelector(".mark")
    mark.textContent = item.mark
    mark.hidden = !item.mark
    mark.style.display = item.mark ? "" : "none"
    const badge = tile.querySelector(".badge")
    badge.textContent = item.badge
    badge.hidden = !item.badge
    tile.querySelector(".caption").textContent = item.caption
    tile.querySelector(".note").textContent = item.note
  }

  // All pictures of a page come as one file, one behind the other: one request instead of sixty.
  async load() {
    if (this.loading) this.loading.abort()
    const items = this.data.items
    const tiles = this.tiles
    if (items.every(item => !item.bytes || kept.has(item.key))) {
      items.forEach((item, index) => put(tiles[index], item, "cached"))
      return
    }
    const loading = this.loading = new AbortController()
    let bundle
    try {
      bundle = await (await fetch(address(this.data.url), { signal: loading.signal })).arrayBuffer()
    } catch (error) {
      if (error.name !== "AbortError") tiles.forEach(tile => tile.querySelector("img").classList.add("lost"))
      return
    }
    let start = 0
    items.forEach((item, index) => {
      const part = bundle.slice(start, start += item.bytes)
      if (item.bytes && part.byteLength === item.bytes) keep(item.key, part)
      put(tiles[index], item, "loaded")
    })
  }

  // ---- what the person does

  click(event) {
    const index = this.indexOf(event)
    if (index < 0) return
    this.reach(index)
    const check = event.target.classList.contains("check")
    if (this.data.selectable && event.shiftKey) this.range(index)
    else if (this.data.selectable && (check || event.ctrlKey || event.metaKey)) this.toggle(index)
    else this.open(index)
  }

  key(event) {
    const index = this.indexOf(event)
    if (index < 0 || event.altKey) return
    const control = event.ctrlKey || event.metaKey
    const columns = this.columns()
    const last = this.tiles.length - 1
    const moves = {
      ArrowRight: index + 1, ArrowLeft: index - 1, ArrowDown: index + columns, ArrowUp: index - columns,
      Home: 0, End: last, PageDown: index + 3 * columns, PageUp: index - 3 * columns,
    }
    if (event.key in moves) {
      const down = event.key === "PageDown" || event.key === "PageUp"
      const target = down ? Math.max(0, Math.min(last, moves[event.key])) : moves[event.key]
      if (target >= 0 && target <= last) {
        if (event.shiftKey && this.data.selectable) this.range(target)
        this.reach(target)
        this.tiles[target].focus()
      }
    } else if (event.key === "Enter") this.open(index)
    else if (event.key === " " && this.data.selectable) event.shiftKey ? this.range(index) : this.toggle(index)
    else if ((event.key === "a" || event.key === "A") && control && this.data.selectable) {
      this.data.items.forEach(item => this.chosen.add(item.id))
      this.changed()
    } else if (event.key === "Escape" && this.chosen.size) {
      this.chosen.clear()
      this.changed()
    } else return
    event.preventDefault()
    event.stopPropagation() // the app's own shortcuts must not fire as well
  }

  open(index) {
    if (this.telling) this.tell()
    this.trigger("opened", this.data.items[index].id)
  }

  toggle(index) {
    const { id } = this.data.items[index]
    if (!this.chosen.delete(id)) this.chosen.add(id)
    this.anchor = index
    this.changed()
  }

  range(index) {
    const [from, to] = [Math.min(this.anchor, index), Math.max(this.anchor, index)]
    for (const item of this.data.items.slice(from, to + 1)) this.chosen.add(item.id)
    this.changed()
  }

  changed() {
    this.show()
    clearTimeout(this.telling)
    this.telling = setTimeout(() => this.tell(), TELL_MS)
  }

  tell() {
    clearTimeout(this.telling)
    this.telling = 0
    this.setState("choice", { version: this.version, ids: [...this.chosen] })
  }

  // ---- what it looks like

  show() {
    this.root.classList.toggle("choosing", this.chosen.size > 0)
    this.tiles.forEach((tile, index) => {
      if (this.data.selectable) tile.setAttribute("aria-selected", String(this.chosen.has(this.data.items[index].id)))
    })
  }

  reach(index) {
    this.tiles[this.at]?.setAttribute("tabindex", "-1")
    this.at = index
    this.tiles[index].setAttribute("tabindex", "0")
  }

  indexOf(event) {
    const tile = event.target.closest?.(".tile")
    return tile ? this.tiles.indexOf(tile) : -1
  }

  columns() {
    const top = this.tiles[0].offsetTop
    const count = this.tiles.findIndex(tile => tile.offsetTop !== top)
    return count < 0 ? this.tiles.length : count
  }
}

function put(tile, item, how) {
  const image = tile.querySelector("img")
  const url = kept.get(item.key)
  if (!url) return image.classList.add("lost")
  kept.delete(item.key)
  kept.set(item.key, url)
  image.onload = () => image.classList.add(how)
  image.src = url
}

function keep(key, part) {
  if (kept.has(key)) return
  kept.set(key, URL.createObjectURL(new Blob([part])))
  if (kept.size <= PICTURES_KEPT) return
  const [oldest, url] = kept.entries().next().value
  kept.delete(oldest)
  URL.revokeObjectURL(url)
}

// Streamlit names files from the root of the app, which is not the root of the host behind a proxy. Pages have no
// folders, so the app's root is the folder of the page's own address.
function address(url) {
  return url.startsWith("/") ? new URL(`.${url}`, document.baseURI) : url
}

function element(name, className, attributes = {}) {
  const made = document.createElement(name)
  if (className) made.className = className
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value)
  return made
}
