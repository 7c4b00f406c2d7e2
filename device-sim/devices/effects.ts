import type { DownMessage, DownOf } from './messages.ts'
import { type ReadQr, readQr } from './qr-on-screen.ts'
import type { ScreenSeconds } from './quirks.ts'

type OrderFields = Pick<
  DownOf<'down/order'>,
  'orderId' | 'state' | 'amount' | 'received' | 'content' | 'qrCode' | 'qrWarning' | 'error'
> & {
  /** What a phone reads from the code. */
  readonly qr?: ReadQr
  /** The countdown beside the code, in seconds. */
  readonly secondsLeft?: number
}
type PaymentFields = Omit<DownOf<'down/payment'>, 'path' | 'id' | 'paidAt'>
type LookupFields = Pick<DownOf<'down/lookup'>, 'status' | 'code' | 'transactions'>
type AnnounceFields = Omit<DownOf<'down/announce'>, 'path' | 'id' | 'expiresAt' | 'ttl'>
type CallFields = Omit<DownOf<'down/call'>, 'path' | 'id' | 'expiresAt' | 'ttl'>
type VendFields = Omit<DownOf<'down/vend'>, 'path' | 'id' | 'expiresAt' | 'ttl'>

/** What a person in the shop notices of a device, and what it says of having done it. */
export type Effect = EffectBody & { /** ISO 8601 with offset. */ readonly at: string }

export type EffectBody =
  | ({ readonly effect: 'screen'; readonly view: 'order' } & OrderFields)
  | ({ readonly effect: 'screen'; readonly view: 'payment' } & PaymentFields)
  | ({ readonly effect: 'screen'; readonly view: 'lookup' } & LookupFields)
  | {
      readonly effect: 'screen'
      readonly view: 'menu'
      /** What was shown until its time was over, or `cancel`. */
      readonly after: keyof ScreenSeconds | 'cancel'
    }
  | BoxScreen
  | { readonly effect: 'screen'; readonly view: 'link'; readonly host: 'up' | 'down' }
  | {
      readonly effect: 'screen'
      readonly view: 'error'
      readonly error: { readonly code: string; readonly message: string }
    }
  | ({ readonly effect: 'speak' } & SpokenFields)
  | ({ readonly effect: 'call' } & CallFields)
  | ({ readonly effect: 'dispense' } & VendFields)
  | {
      readonly effect: 'pulse'
      readonly amount: number
      readonly pulses: number
      /** Pulses the amount is worth; more than `pulses` when the power went in between. */
      readonly of: number
      readonly onMs: number
      readonly offMs: number
      readonly orderId?: string
    }
  | { readonly effect: 'ack'; readonly id: string; readonly status: AckStatus; readonly error?: string }

/** What is heard: an announcement, the words of a box, or a recorded sound. */
type SpokenFields =
  | AnnounceFields
  | { readonly kind: 'box'; readonly text: string; readonly language: 'vi' }
  | { readonly kind: 'sound'; readonly text: string; readonly file: string }

/** The screens of VietQR's own boxes; an amount is the text the box prints. */
type BoxScreen = { readonly effect: 'screen' } & (
  | { readonly view: 'certificate'; readonly text: string; readonly qrCode: string }
  | { readonly view: 'wait'; readonly amount: number; readonly secondsLeft: number }
  | {
      readonly view: 'static' | 'qr'
      /** null: the label is empty. */
      readonly amount?: string | null
      readonly qrCode: string
      readonly qr: ReadQr
      readonly secondsLeft?: number
      readonly terminalName?: string
      readonly logo?: 'MB' | 'BIDV'
    }
  | { readonly view: 'popup' | 'success' | 'cancelled'; readonly text: string; readonly amount: string | null }
)

export type AckStatus = 'received' | 'done' | 'duplicate' | 'expired' | 'failed'

/** The order as a screen shows it. A QR code is only shown while there is something left to pay and somebody to hear of it. */
export function orderScreen(order: DownOf<'down/order'>, hostDown: boolean, now: number): EffectBody {
  const { orderId, state, amount, received, content, qrCode, qrWarning, error } = order
  const payable = isOpen(order) && !hostDown
  return {
    effect: 'screen',
    view: 'order',
    orderId,
    state,
    amount,
    received,
    content,
    ...(payable ? { qrCode, qrWarning } : {}),
    ...(payable && qrCode !== undefined ? { qr: readQr(qrCode), ...countdown(order, now) } : {}),
    error,
  }
}

/** By `ttl`, which needs no clock; only an order shown again later has to look at one. */
function countdown({ ttl, expiresAt }: DownOf<'down/order'>, now: number): { readonly secondsLeft?: number } {
  if (ttl !== undefined && ttl > 0) return { secondsLeft: ttl }
  return expiresAt === undefined ? {} : { secondsLeft: Math.max(0, expiresAt - Math.floor(now / 1_000)) }
}

/** Whether money is still wanted. */
export function isOpen({ state }: DownOf<'down/order'>): boolean {
  return state === 'awaiting_payment' || state === 'underpaid'
}

/** What a message makes a speaker say, a board call, a machine release or a screen show besides orders. */
export function effectOf(message: Exclude<DownMessage, DownOf<'down/order' | 'down/config'>>): EffectBody {
  switch (message.path) {
    case 'down/payment': {
      const { path: _path, id: _id, paidAt: _paidAt, ...payment } = message
      return { effect: 'screen', view: 'payment', ...payment }
    }
    case 'down/lookup':
      return {
        effect: 'screen',
        view: 'lookup',
        status: message.status,
        code: message.code,
        transactions: message.transactions,
      }
    case 'down/link':
      return { effect: 'screen', view: 'link', host: message.host }
    case 'down/error':
      return { effect: 'screen', view: 'error', error: { code: message.code, message: message.message } }
    case 'down/announce': {
      const { path: _path, id: _id, expiresAt: _expiresAt, ttl: _ttl, ...said } = message
      return { effect: 'speak', ...said }
    }
    case 'down/call': {
      const { path: _path, id: _id, expiresAt: _expiresAt, ttl: _ttl, ...call } = message
      return { effect: 'call', ...call }
    }
    case 'down/vend': {
      const { path: _path, id: _id, expiresAt: _expiresAt, ttl: _ttl, ...goods } = message
      return { effect: 'dispense', ...goods }
    }
  }
}
