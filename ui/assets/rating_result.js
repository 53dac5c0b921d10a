// A rater's own result as a card of bars. See ui/rating_result.py for what it is told.

export default function ({ data: [data], parentElement }) {
  const card = parentElement.querySelector(".result")
  card.replaceChildren(
    ...data.bars.map(bar),
    ...data.notes.map(text => element("p", "note", text)),
    ...data.best.map(([label, name]) => element("p", "best", `${label} `, element("b", "", name))),
  )
}

function bar({ label, text, share, mark, isOwn }) {
  const fill = element("span", "fill")
  fill.style.width = `${100 * share}%`
  const track = element("div", "track", fill)
  track.setAttribute("aria-hidden", "true") // the number beside it says the same
  if (mark != null) {
    const line = element("span", "mark")
    line.style.left = `${100 * mark}%`
    track.append(line)
  }
  return element("div", isOwn ? "bar own" : "bar",
    element("span", "label", label), element("span", "value", text), track)
}

function element(tag, name, ...children) {
  const made = document.createElement(tag)
  if (name) made.className = name
  made.append(...children)
  return made
}
