// Samples, each beside the training picture nearest to it: one sheet, enlarged by a whole number. See ui/measure_pairs.py.

export default function (component) {
  const { data, parentElement } = component
  const root = parentElement.querySelector("#pairs")
  if (root.dataset.of === data.of) return
  root.dataset.of = data.of
  const wide = data.width * data.zoom, tall = data.height * data.zoom
  root.style.setProperty("--wide", `${wide}px`)
  root.style.setProperty("--tall", `${tall}px`)
  root.style.setProperty("--pair", `${2 * wide + 2}px`)
  root.style.setProperty("--sheet", `url(data:image/png;base64,${data.sheet})`)
  root.setAttribute("role", "group")
  root.setAttribute("aria-label", data.label)

  const side = (number, words, mirrored) => {
    const made = document.createElement("div")
    made.className = "side"
    made.setAttribute("role", "img")
    made.setAttribute("aria-label", words)
    made.title = words
    made.style.backgroundSize = `${data.columns * wide}px auto`
    made.style.backgroundPosition =
      `-${(number % data.columns) * wide}px -${Math.floor(number / data.columns) * tall}px`
    if (mirrored) made.style.transform = "scaleX(-1)"
    return made
  }

  root.replaceChildren(...data.pairs.map((pair, place) => {
    const figure = document.createElement("figure")
    figure.className = pair.copy ? "pair copy" : "pair"
    const sides = document.createElement("div")
    sides.className = "sides"
    sides.append(side(2 * place, pair.sample, false), side(2 * place + 1, pair.nearest, pair.mirrored))
    const caption = document.createElement("figcaption")
    const strong = document.createElement("b")
    strong.textContent = pair.distance
    const name = document.createElement("span")
    name.textContent = pair.nearest
    name.title = pair.nearest
    caption.append(strong, name)
    figure.append(sides, caption)
    return figure
  }))
}
