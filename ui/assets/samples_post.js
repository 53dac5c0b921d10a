// Brings questions of a viewer of samples to Python, and the pictures back. See ui/samples_post.py for the format.

export default function ({ data, setTriggerValue }) {
  const office = (globalThis.atelierSamples ??= { ask: new Map(), take: null, waiting: [] })
  const bytes = new Uint8Array(data)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const body = 4 + view.getUint32(0, true)
  const head = JSON.parse(new TextDecoder().decode(bytes.subarray(4, body)))
  office.ask.set(head.post, question => setTriggerValue("need", question))
  let begin = body
  for (const picture of head.pictures) {
    picture.data = bytes.slice(begin, begin + picture.bytes)
    begin += picture.bytes
  }
  if (office.take) office.take(head)
  else office.waiting.push(head) // the viewer's own code is still on its way
  return () => office.ask.delete(head.post)
}
