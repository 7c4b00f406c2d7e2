import type { ErrorCode } from '../../protocol/errors.ts'
import { formatVnd, type Vnd } from '../../protocol/money.ts'
import { traceToken } from '../../protocol/vietqr/content.ts'
import { inspectQr } from '../../protocol/vietqr/qr/payload.ts'
import type { QrAnswer } from '../../protocol/vietqr/qr-answer.ts'

/** A QR that may be shown for an order. */
export interface AcceptedQr {
  readonly qrCode: string
  /** What is wrong with the code although it is shown, in words; null for a well-formed one. */
  readonly warning: string | null
  /** The text in the QR. */
  readonly qrContent: string
  /** The content of the answer, unchanged. */
  readonly answerContent: string
  readonly traceToken: string | null
  readonly userBankName: string | null
}

export type QrVerdict =
  | { readonly ok: true; readonly qr: AcceptedQr }
  | { readonly ok: false; readonly code: ErrorCode; readonly message: string }

/** The longest a merchant's code may be (EMVCo), and what fits the message to a device. */
const LARGEST_QR_BYTES = 512

/** A QR as the host's answer carries it. */
type QrInAnswer = Extract<QrAnswer, { kind: 'qr' }>

/**
 * Whether the host's answer may be shown for an order of this amount to this account.
 *
 * A well-formed code with another amount or account would send the customer's money elsewhere: never shown. A malformed one
 * cannot be read by us, yet VietQR's own documentation prints one and bank apps may still take it: shown with a warning
 * (`warn`) or refused (`strict`). An account VietQR does not know gives a code that looks fine and is never reported.
 */
export function checkQr(
  answer: QrInAnswer,
  order: { readonly amount: Vnd; readonly bankAccount: string },
  mode: 'warn' | 'strict',
): QrVerdict {
  if (!answer.known) {
    return refused('ACCOUNT_UNKNOWN', 'VietQR does not know this bank account: a payment would never be reported')
  }
  if (answer.amount !== null && answer.amount !== order.amount) {
    return refused(
      'QR_MISMATCH',
      `the answer is for ${formatVnd(answer.amount)}, the order for ${formatVnd(order.amount)}`,
    )
  }
  const bytes = Buffer.byteLength(JSON.stringify(answer.qrCode)) - 2
  if (bytes > LARGEST_QR_BYTES) {
    return refused('QR_MISMATCH', `the QR code has ${bytes} bytes; at most ${LARGEST_QR_BYTES} fit a screen`)
  }
  const inspected = inspectQr(answer.qrCode)
  if (!inspected.ok) {
    if (mode === 'strict') return refused('QR_MISMATCH', `the QR code is malformed: ${inspected.reason}`)
    if (answer.amount === null) return refused('QR_MISMATCH', 'neither the answer nor its QR code has an amount')
    return accepted(answer, answer.content, inspected.reason)
  }
  const { amount, account, content } = inspected.payload
  if (amount !== order.amount) {
    const found = amount === null ? 'no amount' : formatVnd(amount)
    return refused('QR_MISMATCH', `the QR code carries ${found}, the order asks for ${formatVnd(order.amount)}`)
  }
  if (account !== order.bankAccount) {
    return refused('QR_MISMATCH', "the QR code pays into another account than the terminal's")
  }
  return accepted(answer, content ?? answer.content, null)
}

function accepted(answer: QrInAnswer, qrContent: string, warning: string | null): QrVerdict {
  const { qrCode, content, userBankName } = answer
  const token = traceToken(content) ?? traceToken(qrContent)
  return {
    ok: true,
    qr: { qrCode, warning, qrContent, answerContent: content, traceToken: token, userBankName },
  }
}

function refused(code: ErrorCode, message: string): QrVerdict {
  return { ok: false, code, message }
}
