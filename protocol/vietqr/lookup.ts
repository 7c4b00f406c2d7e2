import type { Vnd } from '../money.ts'
import { kindOf } from '../shown.ts'
import {
  amount,
  anything,
  count,
  direction,
  freeText,
  hostTime,
  optionalAmount,
  optionalText,
  readFields,
} from './fields.ts'
import { asciiJson, fieldOf, isJsonObject, type JsonObject, MessageError, malformed, parsePayload } from './json.ts'
import { readVerdict } from './verdict.ts'

/** What the host is asked on `vietqr/request-status/{terminalCode}`. */
export interface LookupRequest {
  readonly bankAccount: string
  readonly by: 'orderId' | 'referenceNumber'
  readonly value: string
  /** The checksum of account and holder; never logged with them. */
  readonly checkSum: string
}

/** One transaction as the host stores it. */
export interface LookupRow {
  readonly referenceNumber: string | null
  readonly orderId: string | null
  readonly amount: Vnd
  readonly content: string
  readonly direction: 'in' | 'out'
  /** `closed` is cancelled or expired, in either case unpaid. */
  readonly status: 'pending' | 'paid' | 'closed' | 'other'
  /** Epoch milliseconds. */
  readonly timeCreated: number | null
  /** Epoch milliseconds; some unpaid orders hold their creation time here (VietQR server source). */
  readonly timePaid: number | null
  readonly terminalCode: string | null
  readonly note: string
  readonly refundCount: number
  readonly amountRefunded: Vnd | null
}

/** What comes on `vietqr/response-status/{terminalCode}`. No rows means "not stored (yet)", never "unpaid". */
export type LookupReply =
  | { readonly kind: 'rows'; readonly rows: readonly LookupRow[]; readonly broken: readonly string[] }
  | { readonly kind: 'failed'; readonly code: string }
  | { readonly kind: 'acknowledged' }

/** An order has a handful of rows; a list beyond this is no answer to a lookup. */
const MOST_ROWS = 1000

const what = 'lookup reply'

const schema = {
  referenceNumber: optionalText,
  orderId: optionalText,
  amount,
  content: freeText,
  transType: direction,
  status: anything,
  timeCreated: hostTime,
  timePaid: hostTime,
  terminalCode: optionalText,
  note: freeText,
  refundCount: count,
  amountRefunded: optionalAmount,
}

/**
 * A lookup with exactly the four fields the server accepts; `type` is a number on MQTT, unlike over HTTP
 * (VietQR documentation). ASCII, whatever the values.
 */
export function writeLookupRequest(request: LookupRequest): string {
  const { bankAccount, by, value, checkSum } = request
  return asciiJson({ bankAccount, type: by === 'orderId' ? 0 : 1, value, checkSum })
}

/**
 * Reads the three shapes of a reply: a list, which is what the server sends; a single transaction, which is what the
 * documentation shows; and a status with a message. A row of a list that cannot be used is reported in `broken` and
 * takes no other with it.
 * @throws MessageError MALFORMED or AMOUNT_INVALID
 */
export function readLookupReply(payload: Uint8Array): LookupReply {
  const value = parsePayload(payload, what)
  if (Array.isArray(value)) return readRows(value)
  if (!isJsonObject(value)) throw malformed(what, `it is ${kindOf(value)}; it should be a list of transactions`)
  if (isTransaction(value)) return { kind: 'rows', rows: [readRow(value)], broken: [] }
  const verdict = readVerdict(value)
  if (verdict === null)
    throw malformed(what, 'it has neither a referenceNumber, nor an orderId, nor a SUCCESS or FAILED status')
  return verdict.ok ? { kind: 'acknowledged' } : { kind: 'failed', code: verdict.message }
}

function isTransaction(value: JsonObject): boolean {
  return ['referenceNumber', 'orderId'].some(name => {
    const id = fieldOf(value, name)
    return id !== undefined && id !== null && id !== ''
  })
}

function readRows(values: readonly unknown[]): LookupReply {
  if (values.length > MOST_ROWS) throw malformed(what, `it has ${values.length} rows, the most is ${MOST_ROWS}`)
  const rows: LookupRow[] = []
  const broken: string[] = []
  for (const [index, value] of values.entries()) {
    try {
      rows.push(readRow(value))
    } catch (error) {
      if (!(error instanceof MessageError)) throw error
      broken.push(`row ${index + 1}: ${error.message}`)
    }
  }
  return { kind: 'rows', rows, broken }
}

function readRow(value: unknown): LookupRow {
  const { transType, status, ...rest } = readFields(schema, value, what)
  return { ...rest, direction: transType, status: readStatus(status) }
}

function readStatus(status: unknown): LookupRow['status'] {
  switch (status) {
    case 0:
    case '0':
      return 'pending'
    case 1:
    case '1':
      return 'paid'
    case 2:
    case '2':
      return 'closed'
    default:
      return 'other'
  }
}
