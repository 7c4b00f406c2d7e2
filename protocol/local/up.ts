import { z } from 'zod'
import { type ErrorCode, GatewayError } from '../errors.ts'
import { AmountError, parseAmount, type Vnd } from '../money.ts'

/**
 * What native devices say: one reader per path, tolerant of unknown keys and of numbers where text was meant, strict in
 * everything that decides about money. A message that cannot be used throws DeviceMessageError with the contract's code.
 */

/** The largest amount one order may ask for, in VND. */
export const LARGEST_ORDER = 9_999_999_999
/** The longest time an order may stay open, in seconds. */
const LONGEST_TTL = 86_400

/** One for all: each holds memory outside of V8's heap, which is given back late. */
const utf8 = new TextDecoder('utf-8', { fatal: true })

/** A device's message that cannot be used: which code it is answered with, and the request it answers, where one was readable. */
export class DeviceMessageError extends GatewayError {
  readonly requestId: string | null
  constructor(code: ErrorCode, message: string, requestId: string | null) {
    super(code, message)
    this.requestId = requestId
  }
}

/** Text of at most `bytes` UTF-8 bytes; a number is read as its digits; absent, null and empty are one thing. */
function shortText(bytes: number) {
  return z
    .union([z.string(), z.int().min(0)], { error: 'must be text or a whole number' })
    .nullish()
    .transform(value => (value === null || value === undefined || value === '' ? null : String(value)))
    .refine(value => value === null || Buffer.byteLength(value) <= bytes, { error: `has more than ${bytes} bytes` })
    .refine(value => value === null || !hasControls(value), { error: 'contains control characters' })
}

function hasControls(text: string): boolean {
  for (const char of text) {
    const code = char.codePointAt(0) ?? 0
    if (code < 32 || code === 127) return true
  }
  return false
}

const requestId = z
  .string({ error: 'must be text of 1 to 36 characters out of A-Z a-z 0-9 . _ -' })
  .regex(/^[A-Za-z0-9._-]{1,36}$/, { error: 'must be 1 to 36 characters out of A-Z a-z 0-9 . _ -' })
const orderId = z.string({ error: 'must be the order id the gateway gave' }).min(1).max(64)
const percent = z.number().min(0).max(100).optional().catch(undefined)
const label = z.string().max(64).optional().catch(undefined)

const statusShape = z.object({
  online: z.boolean({ error: 'must be true or false' }),
  firmware: label,
  model: label,
  battery: percent,
  rssi: z.number().min(-200).max(0).optional().catch(undefined),
  volume: percent,
  outOfService: z.boolean().optional().catch(undefined),
})
const orderShape = z.object({
  requestId,
  amount: z.unknown(),
  content: z.string({ error: 'must be text' }).nullish(),
  ticket: shortText(12),
  counter: shortText(8),
  item: shortText(16),
  ttl: z
    .int({ error: 'must be whole seconds' })
    .min(1, { error: 'must be at least 1 second' })
    .max(LONGEST_TTL, { error: `must be at most ${LONGEST_TTL} seconds` })
    .nullish(),
})
const cancelShape = z.object({ requestId, orderId })
const lookupShape = z.object({
  requestId,
  orderId: z.string().min(1).max(64).nullish(),
  referenceNumber: z.string().min(1).max(100).nullish(),
})
const resultShape = z.object({
  orderId,
  result: z.enum(['ok', 'partial', 'failed', 'unknown'], { error: 'must be ok, partial, failed or unknown' }),
  detail: z.string().max(200).nullish(),
})
const KEY_EVENTS = ['next', 'recall', 'serve', 'skip', 'pause', 'resume'] as const
const eventShape = z.object({
  id: z.union([requestId, z.int().min(0).transform(String)], {
    error: 'must be 1 to 36 characters out of A-Z a-z 0-9 . _ -',
  }),
  event: z.enum(KEY_EVENTS, { error: `must be one of ${KEY_EVENTS.join(', ')}` }),
  counter: shortText(8),
  ticket: shortText(12),
})
const ackShape = z.object({
  id: z.string().min(1).max(26),
  status: z.enum(['received', 'done', 'duplicate', 'expired', 'busy', 'failed'], {
    error: 'must be received, done, duplicate, expired, busy or failed',
  }),
  error: z.string().max(200).nullish().catch(undefined),
})

export type DeviceStatus = z.infer<typeof statusShape>
export type Acknowledgement = z.infer<typeof ackShape>
export type VendResult = z.infer<typeof resultShape>
/** A key of a counter call; `counter` and `ticket` null where the key does not name them. */
export type KeyEvent = z.infer<typeof eventShape>

/** An order as a device asks for it. `ttlSeconds` null means the shop's own. */
export interface OrderRequest {
  readonly requestId: string
  readonly amount: Vnd
  /** Not folded yet; null when the gateway shall choose. */
  readonly content: string | null
  readonly ticket: string | null
  readonly counter: string | null
  readonly item: string | null
  readonly ttlSeconds: number | null
}

/** A question about one transaction, by exactly one of its two names. */
export interface LookupQuestion {
  readonly requestId: string
  readonly by: 'orderId' | 'referenceNumber'
  readonly value: string
}

export function readStatus(payload: Uint8Array): DeviceStatus {
  return read(statusShape, payload)
}

/** @throws DeviceMessageError INVALID_MESSAGE or AMOUNT_INVALID */
export function readOrder(payload: Uint8Array): OrderRequest {
  const { amount, ttl, content, ...rest } = read(orderShape, payload)
  return { ...rest, amount: orderAmount(amount, rest.requestId), content: content ?? null, ttlSeconds: ttl ?? null }
}

/** The amount of an order, 1 … 9 999 999 999 VND. @throws DeviceMessageError AMOUNT_INVALID */
export function orderAmount(value: unknown, forRequest: string | null): Vnd {
  let amount: Vnd
  try {
    amount = parseAmount(value)
  } catch (error) {
    if (!(error instanceof AmountError)) throw error
    throw new DeviceMessageError('AMOUNT_INVALID', `amount: ${error.message}`, forRequest)
  }
  if (amount < 1 || amount > LARGEST_ORDER) {
    throw new DeviceMessageError('AMOUNT_INVALID', `amount: must be 1 to ${LARGEST_ORDER} VND`, forRequest)
  }
  return amount
}

export function readCancel(payload: Uint8Array): z.infer<typeof cancelShape> {
  return read(cancelShape, payload)
}

/** @throws DeviceMessageError INVALID_MESSAGE, also when neither or both names are given */
export function readLookup(payload: Uint8Array): LookupQuestion {
  const { requestId: forRequest, orderId: order, referenceNumber } = read(lookupShape, payload)
  if (order && !referenceNumber) return { requestId: forRequest, by: 'orderId', value: order }
  if (referenceNumber && !order) return { requestId: forRequest, by: 'referenceNumber', value: referenceNumber }
  throw new DeviceMessageError('INVALID_MESSAGE', 'give exactly one of orderId and referenceNumber', forRequest)
}

export function readSimulate(payload: Uint8Array): z.infer<typeof cancelShape> {
  return read(cancelShape, payload)
}

export function readResult(payload: Uint8Array): VendResult {
  return read(resultShape, payload)
}

/** @throws DeviceMessageError INVALID_MESSAGE, which names the event's `id` as the request */
export function readEvent(payload: Uint8Array): KeyEvent {
  return read(eventShape, payload, 'id')
}

export function readAcknowledgement(payload: Uint8Array): Acknowledgement {
  return read(ackShape, payload)
}

/** One JSON object of a device. @throws DeviceMessageError INVALID_MESSAGE */
export function read<T>(shape: z.ZodType<T>, payload: Uint8Array, idKey = 'requestId'): T {
  const value = parseObject(payload)
  const parsed = shape.safeParse(value)
  if (parsed.success) return parsed.data
  const known = requestId.safeParse(value[idKey])
  const said = parsed.error.issues.map(issue => `${issue.path.join('.')}: ${issue.message}`).join('; ')
  throw new DeviceMessageError('INVALID_MESSAGE', said, known.success ? known.data : null)
}

function parseObject(payload: Uint8Array): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(utf8.decode(payload))
  } catch {
    throw new DeviceMessageError('INVALID_MESSAGE', 'the payload must be one JSON object in UTF-8', null)
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value }
  throw new DeviceMessageError('INVALID_MESSAGE', 'the payload must be one JSON object', null)
}
