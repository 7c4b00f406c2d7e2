import type { Vnd } from '../money.ts'
import { shown } from '../shown.ts'
import { amount, anything, direction, freeText, hostTime, optionalText, readFields, requiredText } from './fields.ts'
import { parsePayload } from './json.ts'

/** A notice of money from the host, `vietqr/bdsd/{terminalCode}`. */
export interface BalanceChange {
  readonly bankAccount: string
  readonly amount: Vnd
  readonly direction: 'in' | 'out'
  /** The bank's reference; null when the host gave none. */
  readonly referenceNumber: string | null
  /** null on payments that carry no order: the field is absent or empty then. */
  readonly orderId: string | null
  readonly content: string
  /** Whether the money has arrived. */
  readonly settled: boolean
  /** The host's status as it came, for people. */
  readonly status: string
  /** Epoch milliseconds. Shown, never reasoned with: it may be the time the QR was made (VietQR server source). */
  readonly hostTimePaid: number | null
}

const schema = {
  bankAccount: requiredText('the account number as text'),
  amount,
  transType: direction,
  referenceNumber: optionalText,
  orderId: optionalText,
  content: freeText,
  status: anything,
  timePaid: hostTime,
}

/**
 * Reads a balance change in all the forms the host is known to write (VietQR documentation, VietQR server source).
 * The payload names no terminal: the topic does.
 * @throws MessageError MALFORMED or AMOUNT_INVALID
 */
export function readBalanceChange(payload: Uint8Array): BalanceChange {
  const what = 'balance change'
  const read = readFields(schema, parsePayload(payload, what), what)
  const { status } = read
  return {
    bankAccount: read.bankAccount,
    amount: read.amount,
    direction: read.transType,
    referenceNumber: read.referenceNumber,
    orderId: read.orderId,
    content: read.content,
    settled: isSettled(status),
    status: typeof status === 'string' ? status : status === undefined ? '' : shown(status),
    hostTimePaid: read.timePaid,
  }
}

/**
 * Only a plain yes is a yes. A missing status is none: the documented sample and the server always write it, so a
 * notice without it is not one of theirs, and a payment taken as settled by mistake cannot be taken back.
 */
function isSettled(status: unknown): boolean {
  return status === 1 || status === '1' || status === 'SUCCESS'
}
