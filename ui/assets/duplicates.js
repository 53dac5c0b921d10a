// Groups of look-alikes to decide about, one below the other. See ui/duplicates_groups.py for the contract.

const PICTURES_KEPT = 600 // object URLs of this tab; some 10 kB each

const kept = new Map()    // picture key -> object URL, least recently used first
const lists = new WeakMap()

export default function (component) {
  const { parentElement } = component
  let list = lists.get(parentElement)
  if (!list) {
    list = new Groups(parentElement.querySelector("#groups"))
    lists.set(parentElement, list)
  }
  list.receive(component)
  return () => {
    list.close()
    lists.delete(parentElement)
  }
}

class Groups {
  constructor(root) {
    this.root = root
    this.chosen = new Map() // group id -> Set of picture ids that are to stay; absent: the suggestion
    this.pair = new Map()   // group id -> the two pictures to compare
    this.at = 0             // the group that the keyboard acts on
    this.token = ""
    this.count = Date.now() // of what was sent: the same act twice is two acts
    this.waiting = 0        // the count of what the page has not answered yet
    this.queue = []         // acts of a quick hand: one after the other, as the page answers
    this.pending = new Set() // groups with an act that was sent or waits
    this.onKey = event => this.key(event)
    document.addEventListener("keydown", this.onKey)
    root.addEventListener("focusin", event => this.reach(event))
    root.addEventListener("pointerdown", event => this.reach(event))
  }

  close() {
    document.removeEventListener("keydown", this.onKey)
    if (this.loading) this.loading.abort()
  }

  // ---- what Python says

  receive({ data, setTriggerValue }) {
    const other = data.token !== this.token
    const turned = this.token !== ""
    this.data = data
    this.trigger = setTriggerValue
    if (other) { // another page of groups
      this.token = data.token
      this.waiting = 0
      this.answering = undefined
      this.queue = []
      this.pending.clear()
      this.at = Math.max(0, data.groups.findIndex(group => group.state === "open"))
    }
    this.at = Math.min(this.at, Math.max(0, data.groups.length - 1))
    const focused = this.root.getRootNode().activeElement?.dataset?.name
    this.build()
    if (focused) this.root.querySelector(`[data-name="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true })
    this.load()
    if (this.waiting && data.answered === this.waiting) this.goOn()
    if (other && turned && this.boxes.length && this.root.getBoundingClientRect().top < 0) { // a page begins at its top
      requestAnimationFrame(() => this.boxes[0].scrollIntoView({ block: "start" }))
    }
  }

  build() {
    this.boxes = this.data.groups.map((group, index) => this.buildGroup(group, index))
    this.root.replaceChildren(...this.boxes)
    this.show()
  }

  buildGroup(group, index) {
    const box = element("section", `group ${group.state}`, { "aria-label": `Group ${group.number}: ${group.title}`, tabindex: "-1" })
    box.dataset.name = group.id
    const head = element("div", "head")
    head.append(text("span", "number", group.number), text("span", "title", group.title))
    if (group.said) head.append(text("span", `said ${group.state}`, group.said))
    const row = element("div", "row")
    row.append(...group.pictures.map((picture, place) => this.buildPicture(group, picture, place, index)))
    if (group.more) row.append(text("div", "more", group.more))
    box.append(head, row)
    if (group.state === "open" && group.reasons.length) {
      const why = element("p", "why")
      why.append(text("b", "", "Suggested: "), document.createTextNode(group.reasons.join("; ")))
      box.append(why)
    } else box.append(text("p", "why", group.after || "\u00a0")) // the same height, so that nothing below moves
    box.append(text("p", "gains", "\u00a0"))
    const bar = element("div", "bar")
    bar.append(...this.buttons(group, index))
    box.append(bar)
    return box
  }

  buttons(group, index) {
    const make = (label, act, className = "", tip = "") => {
      const made = text("button", className, label)
      made.type = "button"
      made.title = tip
      made.dataset.name = `${group.id}-${act}`
      made.onclick = () => this.act(index, act)
      return made
    }
    if (group.state === "open") {
      const accept = make("", "keep", "primary accept", "Enter")
      const all = make("Keep all: not duplicates", "all", "", group.too_many || "A: they never share a group again")
      all.disabled = Boolean(group.too_many)
      return [
        accept, all, make("Decide later", "later", "", "L: out of sight until the list is made again"),
        make("Compare", "compare", "", "V: the two pictures marked for comparing, at true pixels"),
      ]
    }
    const undo = group.state === "later" ? make("Decide now", "now") : make(group.undo, "undo", "", "U")
    if (group.cannot_undo) {
      undo.disabled = true
      undo.title = group.cannot_undo
    }
    return [undo, make("Compare", "compare", "", "V")]
  }

  buildPicture(group, picture, place, index) {
    const card = element("div", "card")
    card.dataset.id = picture.id
    const frame = element("button", "frame", { type: "button" })
    frame.dataset.name = `${group.id}-${picture.id}`
    frame.style.setProperty("--shape", String(picture.width / picture.height))
    if (/^#[0-9a-f]{6}$/.test(picture.tint)) frame.style.backgroundColor = picture.tint
    const image = element("img", "", { alt: picture.title, draggable: "false" })
    frame.append(image, text("span", "place", String(place + 1)), element("span", "verdict"))
    frame.disabled = group.state !== "open"
    frame.onclick = event => {
      if (event.shiftKey || event.ctrlKey || event.metaKey) this.keepToo(index, place)
      else this.keepOnly(index, place)
    }
    const facts = element("dl", "facts")
    for (const fact of picture.facts) {
      const value = element("dd", fact.grade)
      value.append(document.createTextNode(fact.value))
      if (fact.word) value.append(text("span", "word", fact.word))
      facts.append(text("dt", "", fact.name), value)
    }
    const caption = text("div", "caption", picture.title)
    caption.title = [picture.title, picture.note].filter(Boolean).join("\n")
    card.append(frame, caption, text("div", "note", picture.note), facts)
    if (picture.against) card.append(text("div", "against", picture.against))
    const tools = element("div", "tools")
    const too = element("label", "too")
    const box = element("input", "", { type: "checkbox" })
    box.dataset.name = `${group.id}-${picture.id}-too`
    box.onchange = () => this.keepToo(index, place)
    too.append(box, document.createTextNode("Keep"))
    if (group.state === "open") tools.append(too)
    if (group.pictures.length > 2) {
      const pair = element("label", "pair")
      const mark = element("input", "", { type: "checkbox" })
      mark.dataset.name = `${group.id}-${picture.id}-pair`
      mark.onchange = () => this.comparePair(index, place)
      pair.append(mark, document.createTextNode("Compare"))
      tools.append(pair)
    }
    const open = text("button", "details", "Details")
    open.type = "button"
    open.dataset.name = `${group.id}-${picture.id}-open`
    open.setAttribute("aria-label", `Details of picture ${place + 1}, ${picture.title}`)
    open.onclick = () => this.send(index, "open", { picture: picture.id })
    tools.append(open)
    card.append(tools)
    return card
  }

  // All pictures come as one file, one behind the other: one request.
  async load() {
    if (this.loading) this.loading.abort()
    const pictures = this.data.groups.flatMap(group => group.pictures)
    const images = [...this.root.querySelectorAll(".frame img")]
    const put = () => pictures.forEach((picture, i) => {
      const url = kept.get(picture.key)
      images[i].classList.toggle("lost", !url)
      if (!url) return
      kept.delete(picture.key)
      kept.set(picture.key, url)
      images[i].src = url
    })
    if (pictures.every(picture => !picture.bytes || kept.has(picture.key))) return put()
    const loading = this.loading = new AbortController()
    try {
      const bundle = await (await fetch(address(this.data.url), { signal: loading.signal })).arrayBuffer()
      let start = 0
      for (const picture of pictures) {
        const part = bundle.slice(start, start += picture.bytes)
        if (picture.bytes && part.byteLength === picture.bytes) keep(picture.key, part)
      }
    } catch (error) {
      if (error.name === "AbortError") return
    }
    put()
  }

  // ---- what the person does

  reach(event) {
    const index = this.boxes.indexOf(event.target.closest?.(".group"))
    if (index >= 0 && index !== this.at) {
      this.at = index
      this.show()
    }
  }

  staying(group) {
    return this.chosen.get(group.id) ?? new Set([group.suggested])
  }

  // The first of them takes over what only the others know.
  inOrder(group) {
    const staying = this.staying(group)
    return group.pictures.map(picture => picture.id).filter(id => staying.has(id))
  }

  keepOnly(index, place) {
    const group = this.data.groups[index]
    if (group.state !== "open") return
    this.at = index
    this.chosen.set(group.id, new Set([group.pictures[place].id]))
    this.show()
  }

  keepToo(index, place) {
    const group = this.data.groups[index]
    if (group.state !== "open") return
    this.at = index
    const staying = new Set(this.staying(group))
    const { id } = group.pictures[place]
    if (!staying.delete(id)) staying.add(id)
    if (staying.size) this.chosen.set(group.id, staying) // one at least stays
    this.show()
  }

  comparePair(index, place) {
    const group = this.data.groups[index]
    this.at = index
    const { id } = group.pictures[place]
    const pair = this.comparing(group)
    this.pair.set(group.id, pair.includes(id) ? pair.filter(other => other !== id) : [...pair, id].slice(-2))
    this.show()
  }

  // What stays against the first of the others, until somebody marks two.
  comparing(group) {
    const marked = this.pair.get(group.id)
    if (marked) return marked
    const ids = group.pictures.map(picture => picture.id)
    const stays = ids.filter(id => this.staying(group).has(id))
    return [...stays, ...ids.filter(id => !this.staying(group).has(id))].slice(0, 2)
  }

  act(index, act) {
    const group = this.data.groups[index]
    if (!group || this.pending.has(group.id)) return
    this.at = index
    const isOpen = group.state === "open"
    if (act === "compare") {
      const pair = this.comparing(group)
      if (pair.length === 2) this.send(index, "compare", { pair })
    } else if (act === "keep" && isOpen) {
      const staying = this.inOrder(group)
      if (staying.length === group.count) return this.act(index, "all")
      this.send(index, "keep", { kept: staying })
    } else if (act === "all" && isOpen && !group.too_many) this.send(index, "all")
    else if (act === "later" && isOpen) this.send(index, "later")
    else if (act === "now" && group.state === "later") this.send(index, "now")
    else if (act === "undo" && group.state === "settled" && !group.cannot_undo) this.send(index, "undo")
  }

  send(index, act, more = {}) {
    const { id } = this.data.groups[index]
    const sent = { token: this.token, group: id, act, ...more }
    if (act === "compare" || act === "open") return this.trigger("act", { ...sent, count: this.count += 1 })
    this.pending.add(id)
    this.queue.push(sent)
    if (!this.waiting) this.goOn()
    else this.show()
  }

  // What was sent last is answered: the next one.
  goOn() {
    if (this.answering) this.pending.delete(this.answering)
    const next = this.queue.shift()
    this.answering = next?.group
    this.waiting = next ? this.count += 1 : 0
    if (next) this.trigger("act", { ...next, count: this.waiting })
    this.show()
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || !this.root.isConnected || !this.data?.groups.length) return
    const from = event.composedPath()[0]
    if (from.matches?.("input:not([type=checkbox]), textarea, select, [contenteditable=true], [role=combobox]")) return
    if (from.matches?.("canvas") || document.querySelector("[role=dialog]")) return
    const inside = this.root.contains(from)
    const onButton = from.matches?.("button, a, [role=button], [role=radio], [role=option], summary")
    const group = this.data.groups[this.at]
    const digit = /^Digit([1-9])$/.exec(event.code)
    if (digit) {
      const place = Number(digit[1]) - 1
      if (place >= group.pictures.length) return
      event.shiftKey ? this.keepToo(this.at, place) : this.keepOnly(this.at, place)
    } else if (event.key === "Enter") {
      if (onButton && !(inside && from.classList.contains("frame"))) return // the button does what it says
      if (!event.repeat) this.isSeen() ? this.act(this.at, "keep") : this.bringIntoView()
    } else {
      const act = {
        a: () => this.act(this.at, "all"), l: () => this.act(this.at, "later"), u: () => this.act(this.at, "undo"),
        v: () => this.act(this.at, "compare"), n: () => this.step(1), p: () => this.step(-1),
      }[event.key.toLowerCase()]
      if (!act) return
      if (!event.repeat) this.isSeen() || "np".includes(event.key.toLowerCase()) ? act() : this.bringIntoView()
    }
    event.preventDefault()
    event.stopPropagation()
  }

  step(by) {
    const next = this.at + by
    if (next < 0) return
    if (next >= this.boxes.length) {
      if (this.data.has_next) this.trigger("act", { token: this.token, group: "", act: "next", count: this.count += 1 })
      return
    }
    this.at = next
    this.show()
    this.bringIntoView()
    this.boxes[next].focus({ preventScroll: true })
  }

  // Nothing is decided about a group that is out of sight: a key shows it first.
  isSeen() {
    const { top, bottom } = this.boxes[this.at].getBoundingClientRect()
    return bottom > 120 && top < window.innerHeight - 60
  }

  bringIntoView() {
    this.boxes[this.at].scrollIntoView({ block: "start", behavior: "instant" }) // the next key counts at once
  }

  // ---- what it looks like

  show() {
    this.data.groups.forEach((group, index) => {
      const box = this.boxes[index]
      box.classList.toggle("current", index === this.at)
      box.classList.toggle("pending", this.pending.has(group.id))
      const staying = this.staying(group)
      const pair = this.comparing(group)
      box.querySelectorAll(".card").forEach((card, place) => {
        const picture = group.pictures[place]
        const stays = group.state === "open" ? staying.has(picture.id) : !picture.excluded
        card.classList.toggle("stays", stays && group.state !== "later")
        card.classList.toggle("goes", !stays && group.state !== "later")
        const frame = card.querySelector(".frame")
        const word = group.state === "later" ? "" : stays ? (group.state === "open" ? "Keep" : "Kept") : group.state === "open" ? "Exclude" : "Excluded"
        card.querySelector(".verdict").textContent = word
        frame.setAttribute("aria-pressed", String(stays))
        frame.setAttribute("aria-label", `Picture ${place + 1}, ${picture.title}. ${word}. Press to keep this one`)
        const too = card.querySelector(".too input")
        if (too) too.checked = stays
        const mark = card.querySelector(".pair input")
        if (mark) mark.checked = pair.includes(picture.id)
      })
      const gains = group.state === "open" && staying.size < group.count
        && group.pictures.find(picture => picture.id === this.inOrder(group)[0])?.gains
      box.querySelector(".gains").textContent = gains ? `Takes over: ${gains}` : "\u00a0"
      const accept = box.querySelector(".accept")
      if (accept) {
        const going = group.count - staying.size
        accept.textContent = going ? `Keep ${staying.size}, exclude ${going}` : "Keep all: not duplicates"
        accept.disabled = !going && Boolean(group.too_many)
      }
      const compare = box.querySelector(`[data-name="${CSS.escape(`${group.id}-compare`)}"]`)
      if (compare) compare.disabled = pair.length !== 2
    })
  }
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

function element(name, className = "", attributes = {}) {
  const made = document.createElement(name)
  if (className) made.className = className
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value)
  return made
}

function text(name, className, words) {
  const made = element(name, className)
  made.textContent = words
  return made
}
