/**
 * The rules of MoreFun's sound boxes (public firmware): a broadcast of an amount in stitched clips or of a text, and a code on
 * the boxes with a display. Amounts are hundredths; `request_id` is not looked at, so that what comes twice is said twice.
 */
import { fieldOf, textOf } from '../devices/box-firmware.ts'
import { parsedJson } from '../devices/json-scan.ts'
import { readQr } from '../devices/qr-on-screen.ts'
import type { Act, SoundboxFirmware } from './firmware.ts'

/** Texts are copied into 256 bytes with their end, whatever their length. */
const TEXT_BYTES = 255
const MOST_UNITS = 9_999_999

export class MoreFun implements SoundboxFirmware {
  readonly topics: readonly string[]
  readonly cleanSession = false
  readonly keepaliveSeconds = 300
  readonly bufferBytes = 1024
  readonly queue = Number.POSITIVE_INFINITY
  readonly will: SoundboxFirmware['will']
  readonly #state: string

  /** @param productKey null for the build without one */
  constructor(serial: string, productKey: string | null = null) {
    this.topics = [productKey === null ? `/ota/${serial}/update` : `/ota/${productKey}/${serial}/update`]
    this.#state = `/ota/device/connection/${serial}/state`
    // The blank is the firmware's: its will is on another topic than its greeting.
    this.will = { topic: `${this.#state} `, payload: '0', qos: 0 }
  }

  hello(): readonly Act[] {
    return [{ act: 'publish', topic: this.#state, payload: '1', qos: 0 }]
  }

  hear(_topic: string, payload: Buffer): readonly Act[] {
    const value = parsedJson(payload.toString())
    const money = fieldOf(value, 'money')
    const text = typeof money === 'number' ? String(money) : typeof money === 'string' ? money : ''
    const code = textOf(value, 'order_sn')
    if (code !== null) return [showCode(code, text)]
    if (fieldOf(value, 'tms_action') !== undefined) return [{ act: 'ignore', reason: 'it asks its management server' }]
    const hundredths = hundredthsOf(text)
    if (hundredths === null || hundredths <= 0) return [{ act: 'ignore', reason: 'there is no money in the message' }]
    switch (Number(fieldOf(value, 'broadcast_type'))) {
      case 1:
        return [stitched(hundredths)]
      case 10:
        return [spoken(textOf(value, 'ttstext') ?? '')]
      case 11:
        return [{ act: 'play', clips: 0, effect: { effect: 'screen', view: 'popup', text: '', amount: text } }]
      default:
        return [{ act: 'ignore', reason: 'its broadcast_type is none of 1, 10 and 11' }]
    }
  }
}

/** Without a point the digits are taken for hundredths; what the firmware makes of them is not public. */
function hundredthsOf(text: string): number | null {
  const [, units, places] = /^(-?\d{1,15})(?:\.(\d{1,2}))?$/.exec(text) ?? []
  if (units === undefined) return null
  return places === undefined ? Number(units) : Number(units) * 100 + Number(places.padEnd(2, '0'))
}

function stitched(hundredths: number): Act {
  const units = Math.floor(hundredths / 100)
  const rest = hundredths % 100
  const amount = rest === 0 ? `${units}` : `${units} point ${rest}`
  // It has clips for seven digits; beyond them only the fanfare is left.
  const text = units > MOST_UNITS ? 'success' : `success ${amount}`
  return { act: 'play', clips: text.split(' ').length, effect: { effect: 'speak', kind: 'sound', text, file: 'clips' } }
}

function spoken(text: string): Act {
  const bytes = Buffer.byteLength(text)
  if (bytes > TEXT_BYTES) return { act: 'crash', reason: `ttstext has ${bytes} bytes, ${TEXT_BYTES} is the most` }
  if (text === '') return { act: 'ignore', reason: 'there is no ttstext to speak' }
  return { act: 'play', clips: text.split(' ').length, effect: { effect: 'speak', kind: 'box', text, language: 'vi' } }
}

function showCode(qrCode: string, amount: string): Act {
  const bytes = Buffer.byteLength(qrCode)
  if (bytes > TEXT_BYTES) return { act: 'crash', reason: `order_sn has ${bytes} bytes, ${TEXT_BYTES} is the most` }
  return { act: 'play', clips: 0, effect: { effect: 'screen', view: 'qr', amount, qrCode, qr: readQr(qrCode) } }
}
