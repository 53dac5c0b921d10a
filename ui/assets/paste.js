// A place to paste a picture into, or to drop one on. See ui/paste.py for the contract.

const SIDE = 512 // pixels of the longest side that is sent: it is looked at, not kept
let number = 0

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector("#paste")
  const say = text => { root.textContent = text }
  root.tabIndex = 0
  root.setAttribute("role", "button")
  root.setAttribute("aria-label", data.label)
  if (!root.textContent) say(data.label)

  async function take(file) {
    if (!file || !file.type.startsWith("image/")) return say("That was no picture. " + data.label)
    try {
      const picture = await createImageBitmap(file)
      const scale = Math.min(1, SIDE / Math.max(picture.width, picture.height))
      const canvas = document.createElement("canvas")
      canvas.width = Math.max(1, Math.round(picture.width * scale))
      canvas.height = Math.max(1, Math.round(picture.height * scale))
      const context = canvas.getContext("2d")
      context.fillStyle = "#fff"
      context.fillRect(0, 0, canvas.width, canvas.height)
      context.imageSmoothingQuality = "high"
      context.drawImage(picture, 0, 0, canvas.width, canvas.height)
      say("Thank you. " + data.label)
      setTriggerValue("picture", { url: canvas.toDataURL("image/png"), number: ++number })
    } catch {
      say("This browser cannot read that picture. " + data.label)
    }
  }

  // Pasting belongs to whatever has the focus: beside this place only where nothing else would take it.
  const paste = event => {
    const at = event.composedPath()[0]
    const typing = at instanceof HTMLElement && (at.isContentEditable || ["INPUT", "TEXTAREA"].includes(at.tagName))
    const files = [...(event.clipboardData?.files || [])]
    if (!files.length || (typing && !root.contains(at))) return
    event.preventDefault()
    take(files[0])
  }
  document.addEventListener("paste", paste)
  root.onclick = () => root.focus()
  root.ondragover = event => { event.preventDefault(); root.classList.add("over") }
  root.ondragleave = () => root.classList.remove("over")
  root.ondrop = event => {
    event.preventDefault()
    root.classList.remove("over")
    take(event.dataTransfer.files[0])
  }
  return () => document.removeEventListener("paste", paste)
}
