// The list of runs: one button per run, kept in place while its words and numbers change.

export default function (component) {
  const { data, parentElement, setTriggerValue } = component
  const root = parentElement.querySelector("#runs")
  const known = new Map([...root.children].map(button => [button.dataset.id, button]))
  const wanted = data.rows.map(row => {
    const button = known.get(row.id) ?? build(row.id)
    button.onclick = () => setTriggerValue("chosen", row.id)
    fill(button, row)
    return button
  })
  if (wanted.length !== root.children.length || wanted.some((button, i) => root.children[i] !== button)) {
    root.replaceChildren(...wanted)
  }
}

function build(id) {
  const button = document.createElement("button")
  button.type = "button"
  button.dataset.id = id
  button.innerHTML = `<span class="thumb"><img alt=""></span><span class="text"><span class="title"></span><span class="word"></span>
    <span class="facts"></span><span class="track"><i></i></span></span>`
  return button
}

function fill(button, row) {
  const part = name => button.querySelector(name)
  const image = part(".thumb img")
  image.hidden = !row.thumb
  if (row.thumb && image.getAttribute("src") !== row.thumb) image.setAttribute("src", row.thumb)
  part(".title").textContent = row.title
  part(".title").title = row.title
  part(".word").textContent = row.word
  part(".word").className = `word ${row.tone}`
  part(".facts").textContent = row.facts
  part(".track").style.visibility = row.share < 1 ? "visible" : "hidden"
  part(".track i").style.width = `${row.share * 100}%`
  button.setAttribute("aria-current", row.selected)
}
