import type { EventEmitter } from 'node:events'
import type { Accounts } from './accounts.ts'
import type { HostEvents } from './events.ts'
import type { Orders } from './orders.ts'
import type { Randomness } from './randomness.ts'

/** What the parts of the host share. */
export interface HostContext {
  readonly accounts: Accounts
  readonly orders: Orders
  readonly random: Randomness
  readonly events: EventEmitter<HostEvents>
  /** Epoch milliseconds. */
  readonly now: () => number
  /** Waits; rejects when the host stops first. */
  readonly delay: (milliseconds: number) => Promise<void>
  /** Once, at QoS 1, not retained, and reported as the event `as`. Resolves to false when the message is lost. */
  readonly publish: (as: 'answered' | 'told', topic: string, payload: string) => Promise<boolean>
}

/** What the server does with the messages of one family of topics. */
export interface Handler {
  readonly topics: RegExp
  /** @throws Refusal */
  handle(topic: string, payload: Uint8Array): Promise<void>
}
