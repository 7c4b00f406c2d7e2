/** What VietQR's boxes say themselves (public firmware): their registration, a request for a QR, a report of cash. */

import type { Vnd } from '../money.ts'
import type { HandleBox } from './box.ts'
import { amount, anything, freeText, optionalText, readFields, requiredText } from './fields.ts'
import { malformed, parsePayload } from './json.ts'
import { echoOf } from './qr-answer.ts'

/** A request or a report of cash: the firmware writes both in one form. */
export interface BoxRequest {
  /** 0 is a cash report of notes the box could not count. */
  readonly amount: Vnd
  readonly content: string
  /** The box's own, `VPB` and random digits; null where it wrote none. */
  readonly orderId: string | null
  readonly terminalCode: string | null
  readonly additionalData1: string | null
}

const handleBoxSchema = {
  macAddr: requiredText('the MAC address as text'),
  checkSum: requiredText('the checksum as text'),
}
const requestSchema = {
  amount,
  content: freeText,
  orderId: optionalText,
  terminalCode: optionalText,
  additionalData: anything,
}

/** The firmware numbers its orders with a few letters and digits. */
const ORDER_ID = /^[A-Za-z0-9._-]{1,36}$/

/** @throws MessageError MALFORMED */
export function readHandleBox(payload: Uint8Array): HandleBox {
  const what = 'registration of a box'
  const { macAddr, checkSum } = readFields(handleBoxSchema, parsePayload(payload, what), what)
  return { mac: macAddr, checkSum }
}

/** @throws MessageError MALFORMED or AMOUNT_INVALID */
export function readBoxRequest(payload: Uint8Array): BoxRequest & { readonly orderId: string } {
  const what = 'QR request of a box'
  const request = readBoxFields(payload, what)
  const { orderId } = request
  if (orderId === null || !ORDER_ID.test(orderId)) {
    throw malformed(what, 'orderId: it should be 1 to 36 letters, digits, dots, dashes or underscores')
  }
  return { ...request, orderId }
}

/** @throws MessageError MALFORMED or AMOUNT_INVALID */
export function readCashReport(payload: Uint8Array): BoxRequest {
  return readBoxFields(payload, 'cash report of a box')
}

function readBoxFields(payload: Uint8Array, what: string): BoxRequest {
  const { additionalData, ...fields } = readFields(requestSchema, parsePayload(payload, what), what)
  return { ...fields, additionalData1: echoOf(additionalData) }
}
