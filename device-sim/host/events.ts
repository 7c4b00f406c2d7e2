import type { Order } from './orders.ts'
import type { Receipt } from './payments.ts'

interface Message {
  readonly topic: string
  readonly payload: string
}

/** What can be watched of a simulated host. Payloads are the texts on the wire. */
export interface HostEvents {
  /** A message the server has a handler for. */
  received: [message: Message & { readonly retained: boolean }]
  /** A message of somebody else that it has none for. */
  ignored: [message: Message & { readonly retained: boolean }]
  /** Why it was not done, in the words of the server's log; for a QR request nothing at all is said on MQTT. */
  refused: [refusal: { readonly topic: string; readonly code: string | null; readonly reason: string }]
  answered: [message: Message]
  /** A code can be paid. */
  issued: [order: Order]
  /** VietQR has a record of it. */
  stored: [order: Order]
  /** Money has arrived. */
  paid: [receipt: Receipt]
  /** Money has gone back. */
  reversed: [receipt: Receipt]
  /** An order was called off. */
  cancelled: [order: Order]
  /** A balance change or a message to a box was published. */
  told: [message: Message]
  /** Published at the control port, whatever it is. */
  injected: [message: Message & { readonly retained: boolean }]
  /** A message that a fault keeps back for good. */
  withheld: [message: Message]
  /** A message that could not be published: the link was down, and nothing is tried twice. */
  lost: [message: Message]
  connected: []
  disconnected: [reason: string]
}
