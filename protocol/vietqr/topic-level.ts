import { shown } from '../shown.ts'

/** A text that cannot be part of a topic, or a template that cannot be one. */
export class TopicError extends Error {
  override readonly name = 'TopicError'
  readonly code = 'TOPIC_INVALID'
}

/** Wildcards, white space, control and other invisible characters: in no topic of the gateway, whatever its level. */
export const FORBIDDEN = /[+#\s\p{C}]/u

/** Words that have another meaning below `vietqr/response/` (VietQR server source). */
const RESERVED = new Set(['status', 'transaction-callback'])

/**
 * A terminal code that can be a level of a topic: 1–50 characters, no `/ + #`, white space or control characters.
 * @throws TopicError that says why it cannot
 */
export function checkTerminalCode(code: string): string {
  if (RESERVED.has(code)) {
    throw new TopicError(`the terminal code "${code}" is a word of VietQR's own topics; choose another code`)
  }
  return checkLevel(`terminal code ${shown(code)}`, code, 50)
}

/**
 * A MAC address as the box writes it: VietQR compares the text, so its form is not looked at.
 * @throws TopicError
 */
export function checkMac(mac: string): string {
  const what = `MAC address ${shown(mac)}`
  if (!/[0-9a-z]/i.test(mac)) throw new TopicError(`the ${what} has no digits; it should look like AA:BB:CC:DD:EE:FF`)
  return checkLevel(what, mac, 50)
}

/**
 * A box id as the host gives it; case matters. It contains a key, so the sentence does not quote it.
 * @throws TopicError
 */
export function checkBoxId(boxId: string): string {
  return checkLevel('box id', boxId, 128)
}

/**
 * What the gateway adds to the topic of a lookup to know its reply.
 * @throws TopicError
 */
export function checkLookupSuffix(suffix: string): string {
  return checkLevel(`lookup suffix ${shown(suffix)}`, suffix, 50)
}

function checkLevel(what: string, value: string, most: number): string {
  const fail = (why: string) => new TopicError(`the ${what} ${why}`)
  if (value === '') throw fail(`is empty; it should have 1 to ${most} characters`)
  if (value.length > most) throw fail(`has ${value.length} characters; the most is ${most}`)
  const special = /[/+#]/.exec(value)
  if (special !== null)
    throw fail(`contains ${special[0]}, which has a meaning of its own in MQTT topics; leave it out`)
  if (FORBIDDEN.test(value)) throw fail('contains white space or an invisible character; leave it out')
  return value
}
