// Columns side by side: each a grid, its name, what it shows, and where it stands.

class Columns {
  constructor(viewer) {
    this.viewer = viewer
    this.box = element("div", "columns")
    this.parts = []
    this.pointed = null
  }

  get frames() {
    return this.viewer.data.columns.map((_, i) => this.viewer.frameOf(i))
  }

  show() {
    const { data } = this.viewer
    this.box.style.setProperty("--count", Math.max(1, data.columns.length))
    if (data.tallest) this.box.style.setProperty("--tallest", data.tallest)
    while (this.parts.length > data.columns.length) this.parts.pop().box.remove()
    while (this.parts.length < data.columns.length) this.add()
    data.columns.forEach((column, i) => this.showColumn(column, i))
    this.layOut()
  }

  add() {
    const { viewer } = this
    const i = this.parts.length
    const part = {
      box: element("section", "column"), head: element("div", "head"), chip: element("span", "chip"),
      title: element("span", "title"), subtitle: element("div", "subtitle"), frame: element("div", "frame"),
      sheet: new Sheet(), note: element("div", "note"), empty: element("div", "empty"), kinds: element("select"),
      said: element("div", "said"),
    }
    part.pin = button("Hold", "Hold this column at its epoch", () => viewer.pin(i))
    part.remove = button("✕", "Remove this column", () => viewer.remove(i))
    part.kinds.setAttribute("aria-label", "What this column shows")
    part.kinds.onchange = () => viewer.setKind(i, part.kinds.value)
    part.head.append(part.chip, part.title, part.pin, part.remove)
    part.frame.append(part.sheet.box)
    const about = element("div", "about")
    about.append(part.subtitle, part.kinds)
    part.box.append(part.head, about, part.note, part.frame, part.empty, part.said)
    const { box } = part.sheet
    box.onpointermove = event => viewer.alone || this.point(i, part.sheet.numberAt(viewer.data.columns[i], event))
    box.onpointerleave = () => this.point(i, null)
    box.onclick = event => {
      const number = viewer.alone ? viewer.cell : part.sheet.numberAt(viewer.data.columns[i], event)
      this.point(i, null)
      if (number !== null) viewer.choose(number, !viewer.alone)
    }
    part.frame.onscroll = () => {
      for (const other of this.parts) {
        if (other === part) continue
        other.frame.scrollTop = part.frame.scrollTop
        other.frame.scrollLeft = part.frame.scrollLeft
      }
    }
    this.parts.push(part)
    this.box.append(part.box)
  }

  showColumn(column, i) {
    const { viewer } = this
    const part = this.parts[i]
    const frame = viewer.frameOf(i)
    const held = i in viewer.pins
    part.head.hidden = !column.title
    part.title.textContent = column.title
    part.subtitle.textContent = column.subtitle
    part.subtitle.hidden = !column.subtitle
    const kinds = Object.entries(column.kinds)
    part.kinds.hidden = kinds.length < 2
    fillSelect(part.kinds, kinds, column.kind)
    part.chip.hidden = column.color === null
    if (column.color !== null) part.chip.style.background = viewer.colour(column.color)
    part.pin.hidden = !viewer.data.removable || !column.frames.length
    part.pin.setAttribute("aria-pressed", held)
    part.remove.hidden = !viewer.data.removable
    part.empty.hidden = !!frame
    part.frame.hidden = part.note.hidden = part.said.hidden = !frame
    if (!frame) {
      const first = column.frames[0]
      part.empty.textContent = first ? `Nothing this early: the first is of ${first.label.toLowerCase()}.` : column.empty
      part.sheet.picture = null
      return
    }
    const place = viewer.axis[viewer.index]
    const differs = !held && Math.abs(frame.at - place) > 1e-9
    const label = held ? `Held at ${frame.label.toLowerCase()}` : differs ? `${frame.label}, the nearest kept before` : frame.label
    const picture = take(frame.key)
    const stand = picture ? frame : viewer.nearestAtHand(i, frame)
    part.sheet.box.classList.toggle("waiting", !picture)
    const coming = `${frame.label} is ${viewer.aheadOf(frame) ? "on its way" : "being worked out"}…`
    const refused = viewer.lost.get(frame.key)
    part.note.textContent = refused ?? (picture ? [label, frame.note].filter(Boolean).join(" · ") : coming)
    part.note.classList.toggle("differs", differs || !picture)
    if (!stand) {
      if (!part.sheet.picture) part.frame.hidden = true
      return
    }
    part.sheet.show(stand.key, picture ?? take(stand.key), `${column.alt || column.title}, ${stand.label}`)
  }

  // One enlargement for all columns, so that a pixel is a pixel everywhere; unless a person chose, the largest that fits.
  layOut() {
    const { viewer } = this
    const columns = viewer.data.columns
    const shown = this.parts.map((part, i) => ({ part, i })).filter(({ part }) => part.sheet.picture && !part.frame.hidden)
    viewer.fit(shown.map(({ part, i }) => part.frame.clientWidth / (part.sheet.picture.width * viewer.sameness(i))))
    for (const { part, i } of shown) {
      const column = columns[i]
      const plain = viewer.factor * viewer.sameness(i)
      const alone = viewer.alone && column.linked && viewer.cell < countOf(column, part.sheet.picture) ? viewer.cell : null
      const factor = alone === null ? plain : Math.max(plain, Math.floor(part.frame.clientWidth / column.cell), 1)
      part.sheet.place(column, factor, alone)
      this.outline(i, this.pointed)
    }
  }

  // The same latent in every column, by its number: grids may have different shapes.
  point(from, number) {
    if (number === this.pointed && from === this.from) return
    this.pointed = number
    this.from = from
    this.parts.forEach((_, i) => this.outline(i, number))
  }

  outline(i, number) {
    const columns = this.viewer.data.columns
    const part = this.parts[i]
    if (!part.sheet.picture) return
    const with_ = columns[i].linked && columns[this.from ?? i]?.linked
    const shown = with_ && !this.viewer.alone ? number ?? (this.viewer.data.comparing ? this.viewer.cell : null) : null
    part.sheet.cell.classList.toggle("chosen", number === null)
    part.sheet.point(columns[i], columns.length > 1 || number === null || part.sheet.picture.said?.length ? shown : null)
    part.said.textContent = part.sheet.picture.said?.[this.viewer.alone ? this.viewer.cell : shown ?? -1] ?? ""
  }
}
