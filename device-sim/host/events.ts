import type { Order } from './orders.ts'
import type { Receipt } from './payments.ts'

/** What can be watched of a simulated host. Payloads are the texts on the wire. */
export interface HostEvents {
  /** A message the server has a handler for. */
  received: [message: { readonly topic: string; readonly payload: string; readonly retained: boolean }]
  /** Why it was not done, in the words of the server's log; for a QR request nothing at all is said on MQTT. */
  refused: [refusal: { readonly topic: string; readonly code: string | null; readonly reason: string }]
  answered: [message: { readonly topic: string; readonly payload: string }]
  /** A code can be paid. */
  issued: [order: Order]
  /** VietQR has a record of it. */
  stored: [order: Order]
  /** Money has arrived. */
  paid: [receipt: Receipt]
  /** A balance change was published. */
  told: [message: { readonly topic: string; readonly payload: string }]
  /** A message that could not be published: the link was down, and nothing is tried twice. */
  lost: [message: { readonly topic: string; readonly payload: string }]
  connected: []
  disconnected: [reason: string]
}
