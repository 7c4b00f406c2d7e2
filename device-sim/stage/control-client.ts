/** The control port of a simulated host refused; its own words. */
class ControlRefusal extends Error {
  override readonly name = 'ControlRefusal'
}

/** Asks the control port of a simulated host; the answer as it was read from JSON. @throws ControlRefusal */
export async function askControl(
  base: string,
  method: 'GET' | 'POST' | 'PUT',
  path: string,
  body?: object,
): Promise<unknown> {
  const json = body === undefined ? {} : { body: JSON.stringify(body) }
  const response = await fetch(`${base}${path}`, { method, headers: { 'content-type': 'application/json' }, ...json })
  const text = await response.text()
  if (!response.ok) throw new ControlRefusal(`the simulated host refuses ${method} ${path}: ${text.trim()}`)
  return text === '' ? null : JSON.parse(text)
}
