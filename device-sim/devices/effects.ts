import type { DownMessage, DownOf } from './messages.ts'

type OrderFields = Pick<
  DownOf<'down/order'>,
  'orderId' | 'state' | 'amount' | 'received' | 'content' | 'qrCode' | 'qrWarning' | 'error'
>
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
  | { readonly effect: 'screen'; readonly view: 'link'; readonly host: 'up' | 'down' }
  | {
      readonly effect: 'screen'
      readonly view: 'error'
      readonly error: { readonly code: string; readonly message: string }
    }
  | ({ readonly effect: 'speak' } & AnnounceFields)
  | ({ readonly effect: 'call' } & CallFields)
  | ({ readonly effect: 'dispense' } & VendFields)
  | { readonly effect: 'ack'; readonly id: string; readonly status: AckStatus; readonly error?: string }

export type AckStatus = 'received' | 'done' | 'duplicate' | 'expired' | 'failed'

/** The order as a screen shows it. A QR code is only shown while there is something left to pay and somebody to hear of it. */
export function orderScreen(order: DownOf<'down/order'>, hostDown: boolean): EffectBody {
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
    error,
  }
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
