import { z } from 'zod'
import type { DownPath } from '../../protocol/local/topics.ts'

/** What a device is told, read as a device does: what it needs must be there, what it does not know is left aside. */
const id = z.string().min(1).max(26)
const money = z.int().min(0)
const seconds = z.int()
const expiring = { id, expiresAt: seconds, ttl: seconds }

const shapes = {
  'down/order': z.object({
    id,
    requestId: z.string().optional(),
    // A refusal may come before there is an order.
    orderId: z.string().optional(),
    state: z.enum(['awaiting_payment', 'paid', 'underpaid', 'expired', 'late', 'cancelled', 'failed', 'held']),
    amount: money.optional(),
    received: money.optional(),
    content: z.string().optional(),
    qrCode: z.string().optional(),
    qrWarning: z.string().optional(),
    expiresAt: seconds.optional(),
    ttl: seconds.optional(),
    error: z.object({ code: z.string(), message: z.string() }).optional(),
  }),
  'down/payment': z.object({
    id,
    paymentId: z.string(),
    referenceNumber: z.string(),
    orderId: z.string().optional(),
    amount: money,
    expected: money.optional(),
    match: z.enum(['exact', 'under', 'over', 'late', 'none']),
    paidAt: seconds,
    content: z.string(),
  }),
  'down/announce': z.object({
    ...expiring,
    kind: z.enum(['paid', 'short', 'late', 'summary', 'test', 'link']),
    amount: money.optional(),
    expected: money.optional(),
    count: z.int().optional(),
    text: z.string(),
    language: z.string(),
  }),
  'down/call': z.object({
    ...expiring,
    ticket: z.string(),
    counter: z.string(),
    callNumber: z.int(),
    text: z.string(),
  }),
  'down/vend': z.object({ ...expiring, orderId: z.string(), item: z.string().optional(), amount: money }),
  'down/lookup': z.object({
    requestId: z.string(),
    status: z.enum(['ok', 'failed']),
    code: z.string().optional(),
    transactions: z.array(z.unknown()).optional(),
  }),
  'down/error': z.object({ requestId: z.string().optional(), code: z.string(), message: z.string() }),
  'down/link': z.object({ id, host: z.enum(['up', 'down']) }),
  'down/config': z.object({ id, now: seconds, volume: z.number().optional() }),
} satisfies Record<DownPath, z.ZodType>

/** One message down, with the path it came on. */
export type DownMessage = { [Path in DownPath]: DownOf<Path> }[DownPath]
export type DownOf<Path extends DownPath> = Path extends DownPath
  ? { readonly path: Path } & z.output<(typeof shapes)[Path]>
  : never

/** @throws Error that says what is missing or wrong */
export function readDown(path: string, value: unknown): DownMessage {
  switch (path) {
    case 'down/order':
      return { path, ...shapes[path].parse(value) }
    case 'down/payment':
      return { path, ...shapes[path].parse(value) }
    case 'down/announce':
      return { path, ...shapes[path].parse(value) }
    case 'down/call':
      return { path, ...shapes[path].parse(value) }
    case 'down/vend':
      return { path, ...shapes[path].parse(value) }
    case 'down/lookup':
      return { path, ...shapes[path].parse(value) }
    case 'down/error':
      return { path, ...shapes[path].parse(value) }
    case 'down/link':
      return { path, ...shapes[path].parse(value) }
    case 'down/config':
      return { path, ...shapes[path].parse(value) }
    default:
      throw new Error(`there is no message ${path}`)
  }
}

/** The id of a message that has one, readable or not otherwise. */
export function idOf(value: unknown): string | null {
  const result = z.object({ id }).safeParse(value)
  return result.success ? result.data.id : null
}
