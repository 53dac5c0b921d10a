// A large file, fetched stretch by stretch: into a file on the disk where the browser can write one, else into parts that
// it keeps until all are there. The server holds no more than one stretch. See ui/large_download.py for the contract.

const STRETCH = 8 << 20 // bytes
const ATTEMPTS = 4
const views = new WeakMap()

export default function (component) {
  const { parentElement, data } = component
  let view = views.get(parentElement)
  if (!view) {
    view = new Download(parentElement.querySelector("#download"))
    views.set(parentElement, view)
  }
  view.receive(data)
  return () => {
    view.stop()
    views.delete(parentElement)
  }
}

class Download {
  constructor(root) {
    this.button = root.querySelector("button")
    this.told = root.querySelector("output")
    this.bar = root.querySelector("progress")
    this.button.onclick = () => (this.stopping ? this.stop() : this.start())
    this.stopping = null
  }

  receive(data) {
    this.data = data
    if (!this.stopping) this.button.textContent = data.label
    this.bar.setAttribute("aria-label", data.label)
  }

  stop() {
    this.stopping?.abort()
  }

  async start() {
    const { name, bytes, url, label } = this.data // another run of the page may hand over other data meanwhile
    let sink
    try {
      sink = await this.sink(name)
    } catch (error) {
      if (error.name === "AbortError") return // the person closed the window that asks where to
      sink = inMemory(name)
    }
    this.stopping = new AbortController()
    this.button.textContent = "Stop"
    this.bar.hidden = false
    const began = performance.now()
    try {
      for (let start = 0; start < bytes; start += STRETCH) {
        const end = Math.min(bytes, start + STRETCH)
        await sink.write(await stretch(url, start, end, this.stopping.signal))
        this.bar.value = end / bytes
        const rate = end / Math.max(performance.now() - began, 1) / 1000
        this.told.textContent = `${megabytes(end)} of ${megabytes(bytes)} MB, ${rate.toFixed(0)} MB/s`
      }
      await sink.close()
      this.told.textContent = `${name} is saved (${megabytes(bytes)} MB).`
    } catch (error) {
      await sink.give_up()
      this.told.textContent = error.name === "AbortError" ? "Stopped." : `Not saved: ${error.message}`
    }
    this.stopping = null
    this.bar.hidden = true
    this.button.textContent = label
  }

  async sink(name) {
    if (!window.showSaveFilePicker) return inMemory(name)
    const handle = await window.showSaveFilePicker({ suggestedName: name })
    const file = await handle.createWritable()
    return { write: part => file.write(part), close: () => file.close(), give_up: () => file.abort() }
  }
}

function inMemory(name) {
  const parts = []
  return {
    write: part => parts.push(part),
    close() {
      const link = document.createElement("a")
      link.href = URL.createObjectURL(new Blob(parts))
      link.download = name
      link.click()
      setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
    },
    give_up() {},
  }
}

async function stretch(url, start, end, signal) {
  for (let attempt = 1; ; attempt++) {
    try {
      const answer = await fetch(address(url), { headers: { Range: `bytes=${start}-${end - 1}` }, signal })
      if (answer.status === 404) throw new Gone("the server no longer offers it. Reload the page and begin again.")
      if (answer.status !== 206) throw new Error(`the server answered ${answer.status}.`)
      const part = await answer.blob()
      if (part.size !== end - start) throw new Error("a part of it came incomplete.")
      return part
    } catch (error) {
      if (error.name === "AbortError" || error instanceof Gone || attempt === ATTEMPTS) throw error
      await new Promise(resolve => setTimeout(resolve, 500 * 2 ** attempt))
    }
  }
}

class Gone extends Error {}

// The app may stand under a path of its own, behind a proxy.
function address(url) {
  return url.startsWith("/") ? new URL(`.${url}`, document.baseURI) : url
}

function megabytes(bytes) {
  return (bytes / 1e6).toLocaleString("en", { maximumFractionDigits: bytes < 1e7 ? 1 : 0 })
}
