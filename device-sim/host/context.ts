import type { EventEmitter } from 'node:events'
import type { Accounts } from './accounts.ts'
import type { Traits } from './builds.ts'
import type { HostEvents } from './events.ts'
import type { Faults } from './fault-state.ts'
import type { Orders } from './orders.ts'
import type { Randomness } from './randomness.ts'
import type { Said } from './sender.ts'

/** What the parts of the host share. */
export interface HostContext {
  readonly traits: Traits
  readonly faults: Faults
  readonly accounts: Accounts
  readonly orders: Orders
  readonly random: Randomness
  readonly events: EventEmitter<HostEvents>
  /** Epoch milliseconds. */
  readonly now: () => number
  /** Waits; rejects when the host stops or is reset first. */
  readonly delay: (milliseconds: number) => Promise<void>
  /** At QoS 1, not retained, and reported as the event `as`. Resolves to false when the message is lost. */
  readonly publish: (as: Said, topic: string, payload: string) => Promise<boolean>
}

/** What the server does with the messages of one family of topics. */
export interface Handler {
  readonly topics: RegExp
  /** @throws Refusal */
  handle(topic: string, payload: Uint8Array): Promise<void>
}

const HOUR_SECONDS = 3_600

/** The time the server stores, epoch seconds: off by whole hours when its machine is set to another zone. */
export function storedTime({ faults }: HostContext, milliseconds: number): number {
  return Math.floor(milliseconds / 1000) + faults.values.zoneOffset * HOUR_SECONDS
}
