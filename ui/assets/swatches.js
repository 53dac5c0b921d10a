// Fields of colour that can be clicked. See ui/swatches.py for the contract.

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector("#swatches")
  root.className = data.wide ? "wide" : ""
  root.setAttribute("role", "group")
  root.setAttribute("aria-label", data.label)
  root.replaceChildren(...data.colours.map(({ colour, name }) => {
    const field = document.createElement("button")
    field.type = "button"
    field.title = data.tip ? `${name}\n${data.tip}` : name
    field.setAttribute("aria-label", `${name} ${data.tip}`.trim())
    field.style.backgroundColor = /^#[0-9a-f]{6}$/.test(colour) ? colour : "transparent"
    field.onclick = () => setTriggerValue("picked", colour)
    return field
  }))
}
