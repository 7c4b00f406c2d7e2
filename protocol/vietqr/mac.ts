/**
 * The MAC address of a VietQR box. It is a name and proves nothing: whoever has the boxes' login can write any.
 *
 * Three forms of one address: the **key** is its digits alone, in upper case, and tells boxes apart; **as said** is the text a box
 * or a person wrote, over which the checksum is made and which the answer's topic repeats; **as boxes say it** is the form of
 * public firmware, `AA:BB:CC:DD:EE:FF`.
 */
import { shown } from '../shown.ts'
import { checkMac, TopicError } from './topics.ts'

/** VietQR's documentation shows five dotted numbers where boxes in the field send six bytes: both are read. */
const KEY = /^[0-9A-F]{8,16}$/
const SIX_BYTES = /^[0-9A-F]{12}$/

/** How public firmware puts its MAC into the client id; the longer beginnings first. */
const CLIENT_ID = /^(?:esp32_LTE_|esp32-client-|sonoff-mqttClient-|esp32)(.+)$/

/** The key of a MAC as somebody wrote it; null when it is none. VietQR leaves out `:` and `.` likewise (VietQR server source). */
export function macKey(mac: string): string | null {
  const key = mac.replace(/[:.-]/g, '').toUpperCase()
  return KEY.test(key) ? key : null
}

/** The key of the MAC in the client id of a box; null for the client id of anybody else. */
export function macOfClientId(clientId: string): string | null {
  const mac = CLIENT_ID.exec(clientId)?.[1]
  return mac === undefined ? null : macKey(mac)
}

/**
 * A MAC as the box itself will say it, whatever a person typed.
 * @throws TopicError for a text that is no MAC
 */
export function macAsSaid(typed: string): string {
  const key = macKey(typed)
  if (key === null) {
    throw new TopicError(`${shown(typed)} is no MAC address; it should look like AA:BB:CC:DD:EE:FF`)
  }
  return SIX_BYTES.test(key) ? (key.match(/../g) ?? []).join(':') : checkMac(typed)
}
