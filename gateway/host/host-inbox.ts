import type { DeadLetterReason } from '../../protocol/errors.ts'
import { readBalanceChange } from '../../protocol/vietqr/balance-change.ts'
import { MessageError } from '../../protocol/vietqr/json.ts'
import type { HostTopics } from '../../protocol/vietqr/topics.ts'
import type { Onboarding } from '../boxes/onboarding.ts'
import type { Clock } from '../clock.ts'
import { type Ledger, LedgerUnavailableError, type RawMessage, type TakenPayment } from '../ledger/ledger.ts'
import type { OrderDesk } from '../orders/order-desk.ts'
import type { Lookups } from './lookups.ts'
import type { SimulatedPayments } from './simulated-payments.ts'

export interface HostInboxOwner {
  taken(payment: TakenPayment): void
  deadLetter(reason: DeadLetterReason, text: string, topic: string): void
  trouble(error: unknown): void
}

export interface HostInboxDesks {
  readonly orders: OrderDesk
  readonly lookups: Lookups
  readonly simulated: SimulatedPayments
  readonly boxes: Pick<Onboarding, 'reply' | 'notification'>
}

/**
 * Everything the host says, sorted by topic. A message is done, and may be acknowledged, when what it says is on disk: as a
 * payment, as the answer of an order or a question, or as a dead letter with the reason. Only a ledger that cannot write makes
 * it wait at the host; no content ever does, or one bad message would hold all others back for ever.
 */
export class HostInbox {
  readonly #ledger: Ledger
  readonly #topics: HostTopics
  readonly #clock: Clock
  readonly #desks: HostInboxDesks
  readonly #owner: HostInboxOwner

  constructor(ledger: Ledger, topics: HostTopics, clock: Clock, desks: HostInboxDesks, owner: HostInboxOwner) {
    this.#ledger = ledger
    this.#topics = topics
    this.#clock = clock
    this.#desks = desks
    this.#owner = owner
  }

  /**
   * `cutFrom` is the size of a message that was too large to be taken, of which `payload` is the beginning.
   * @throws LedgerUnavailableError when nothing could be stored: the host must say it again
   */
  async take(topic: string, payload: Uint8Array, cutFrom: number | null = null): Promise<void> {
    const raw: RawMessage = { topic, payload, receivedAt: this.#clock.now() }
    if (cutFrom !== null) {
      const text = `a packet of ${cutFrom} bytes is too large to be a message of VietQR; its first bytes are kept`
      return this.#bury('MALFORMED', text, raw)
    }
    try {
      const unusable = await this.#sort(raw)
      if (unusable !== null) await this.#bury(unusable.reason, unusable.text, raw)
    } catch (error) {
      if (error instanceof LedgerUnavailableError) throw error
      if (error instanceof MessageError) {
        await this.#bury(error.code, error.message, raw)
        return
      }
      this.#owner.trouble(error)
      await this.#bury('MALFORMED', `it could not be processed: ${String(error)}`, raw)
    }
  }

  async #sort(raw: RawMessage): Promise<Unusable | null> {
    const about = this.#topics.parse(raw.topic)
    switch (about?.kind) {
      case 'balanceChange':
        // The ledger buries a rejected one itself, in the same transaction that finds it wrong.
        this.#owner.taken(
          await this.#ledger.payments.takeBalanceChange(about.terminalCode, readBalanceChange(raw.payload), raw),
        )
        return null
      case 'response':
        return unmatched(await this.#desks.orders.answer(about.terminalCode, raw))
      case 'lookupResponse':
        return unmatched(this.#desks.lookups.answer(about.terminalCode, about.suffix, raw))
      case 'testCallbackReply':
        return unmatched(this.#desks.simulated.answer(raw.payload))
      case 'handleBoxResponse':
        return unmatched(await this.#desks.boxes.reply(about.mac, raw.payload))
      case 'box':
        return unmatched(await this.#desks.boxes.notification(about.boxId, raw.payload))
      case undefined:
        return { reason: 'MALFORMED', text: 'nothing was asked for on this topic' }
    }
  }

  async #bury(reason: DeadLetterReason, text: string, raw: RawMessage): Promise<void> {
    await this.#ledger.deadLetters.add(reason, text, 'host', raw)
    this.#owner.deadLetter(reason, text, raw.topic)
  }
}

interface Unusable {
  readonly reason: DeadLetterReason
  readonly text: string
}

function unmatched(text: string | null): Unusable | null {
  return text === null ? null : { reason: 'UNMATCHED_ANSWER', text }
}
