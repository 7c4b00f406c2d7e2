/**
 * Who may do what on the local broker. A device is known by its credential alone, so every rule starts from the device
 * id it logged in with and asks whether what it wants lies below its own root `gw/v1/{deviceId}`.
 */
import { deviceRoot } from '../../protocol/local/topics.ts'

const NUL = '\u0000'

/** The longest topic of the contract has 49 bytes and five levels; a device that makes up longer ones gains nothing. */
const MOST_BYTES = 128
const MOST_LEVELS = 10

/** The client id is the device id, or the device id, a dot and anything: one device, several of its programs. */
export function clientIdAllowed(deviceId: string, clientId: string): boolean {
  return clientId === deviceId || clientId.startsWith(`${deviceId}.`)
}

/** A device speaks below its own `up/`. Which paths there mean something is for the gateway to say, with an error. */
export function publishAllowed(deviceId: string, topic: string): boolean {
  const own = `${deviceRoot(deviceId)}/up/`
  return topic.length > own.length && topic.startsWith(own) && !/[+#]/.test(topic) && wellSized(topic)
}

/** A device listens below its own `down/`: the whole filter must lie there, with its wildcards in whole levels. */
export function subscribeAllowed(deviceId: string, filter: string): boolean {
  const own = `${deviceRoot(deviceId)}/down/`
  if (filter.length === own.length || !filter.startsWith(own) || !wellSized(filter)) return false
  const levels = filter.slice(own.length).split('/')
  return levels.every(
    (level, at) => level === '+' || (level === '#' && at === levels.length - 1) || !/[+#]/.test(level),
  )
}

/** Whether a topic or filter has a size that is served. */
function wellSized(topic: string): boolean {
  return Buffer.byteLength(topic) <= MOST_BYTES && topic.split('/').length <= MOST_LEVELS && !topic.includes(NUL)
}

/** The last will is the device's own status, nothing else: it is said in the device's name when the device cannot. */
export function willAllowed(deviceId: string, will: { readonly topic: string }): boolean {
  return will.topic === `${deviceRoot(deviceId)}/up/status`
}

/** Whether a subscription to `filter` covers `topic` (MQTT 3.1.1 §4.7; neither starts with `$` here). */
export function covers(filter: string, topic: string): boolean {
  const wanted = filter.split('/')
  const levels = topic.split('/')
  for (const [at, level] of wanted.entries()) {
    if (level === '#') return true
    if (level !== '+' && level !== levels[at]) return false
    if (at >= levels.length) return false
  }
  return wanted.length === levels.length
}
