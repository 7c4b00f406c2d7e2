import type { Vnd } from '../money.ts'
import { anything, freeText, optionalAmount, optionalText, readFields, requiredText } from './fields.ts'
import { fieldOf, isJsonObject, parsePayload } from './json.ts'
import { readVerdict } from './verdict.ts'

/** What comes on `vietqr/response/{terminalCode}`. */
export type QrAnswer = { readonly kind: 'null' } | { readonly kind: 'refused'; readonly code: string } | QrCodeAnswer

/** A QR code made by the host. The order it belongs to is found by `orderId`, else by `additionalData1`. */
export interface QrCodeAnswer {
  readonly kind: 'qr'
  readonly orderId: string | null
  /** What the first element of `additionalData` echoes, whichever of its two known keys carries it. */
  readonly additionalData1: string | null
  /** null when the request had none and the QR therefore asks for none. */
  readonly amount: Vnd | null
  /** Often not the content asked for: prefixed with a trace token or replaced by the bank (VietQR server source). */
  readonly content: string
  /** The EMVCo text, opaque here. */
  readonly qrCode: string
  readonly bankAccount: string | null
  readonly bankCode: string | null
  /** The holder as VietQR stores the name, upper-cased. */
  readonly userBankName: string | null
  /** False: VietQR does not know the account, so this QR can be paid but no payment is ever told. */
  readonly known: boolean
  readonly transactionRefId: string | null
  readonly terminalCode: string | null
}

const schema = {
  orderId: optionalText,
  additionalData: anything,
  amount: optionalAmount,
  content: freeText,
  qrCode: requiredText('the text of the QR code'),
  bankAccount: optionalText,
  bankCode: optionalText,
  userBankName: optionalText,
  existing: anything,
  transactionRefId: optionalText,
  terminalCode: optionalText,
}

/**
 * Reads an answer to a QR request. The builds seen say nothing at all when they refuse; a literal `null` comes from
 * some bank paths, and a FAILED object is read in case newer builds send one (VietQR server source).
 * @throws MessageError MALFORMED or AMOUNT_INVALID
 */
export function readQrAnswer(payload: Uint8Array): QrAnswer {
  const what = 'QR answer'
  const value = parsePayload(payload, what)
  if (value === null) return { kind: 'null' }
  const verdict = readVerdict(value)
  if (verdict?.ok === false) return { kind: 'refused', code: verdict.message }
  const { additionalData, existing, ...rest } = readFields(schema, value, what)
  return { kind: 'qr', ...rest, additionalData1: echoOf(additionalData), known: isKnown(existing) }
}

/** What the one element of `additionalData` carries, under either of its known keys. */
export function echoOf(additionalData: unknown): string | null {
  const first: unknown = Array.isArray(additionalData) ? additionalData[0] : additionalData
  if (!isJsonObject(first)) return null
  const echo = fieldOf(first, 'additionalData1') ?? fieldOf(first, 'info')
  return typeof echo === 'string' || typeof echo === 'number' ? String(echo).trim() || null : null
}

/**
 * Absent counts as known: every build read writes the field, so its absence says the message has changed, not that
 * the account is unknown, and goods wait for a lookup anyway. Present, only a plain yes is one.
 */
function isKnown(existing: unknown): boolean {
  return existing === undefined || existing === null || existing === 1 || existing === '1' || existing === true
}
