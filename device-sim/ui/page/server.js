import { words } from './words.js'

/** Asks the simulator for something. Resolves with `{ok: true, answer}`, or `{ok: false, reason}` in words. */
export async function ask(path, body) {
  try {
    const response = await fetch(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    const answer = await response.json()
    if (response.ok) return { ok: true, answer }
    return { ok: false, reason: `${words('refused')}: ${answer.error.message} (${answer.error.code})` }
  } catch {
    return { ok: false, reason: words('unreachable') }
  }
}

/** A line typed at a device. */
export function press(deviceId, line) {
  return ask(`/devices/${encodeURIComponent(deviceId)}/keys`, { line })
}

/** Puts its plug in, or pulls it. */
export function power(deviceId, on) {
  return ask(`/devices/${encodeURIComponent(deviceId)}/power`, { on })
}

export function order(deviceId, wish) {
  return ask(`/devices/${encodeURIComponent(deviceId)}/order`, wish)
}
