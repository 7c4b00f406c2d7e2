/**
 * The last step before the link: what goes out, with the faults that lie between the host's decision and its partners.
 *
 *   answers   to requests, and box registrations   slow, never, late, twice, in another order
 *   notices   balance changes and box messages     never, delayed, twice, in another order
 */
import type { EventEmitter } from 'node:events'
import type { HostEvents } from './events.ts'
import type { Faults } from './fault-state.ts'

/** The event a message is reported as once it is out. */
export type Said = 'answered' | 'told'

interface Message {
  readonly as: Said
  readonly topic: string
  readonly payload: string
}

interface Surroundings {
  readonly faults: Faults
  readonly events: EventEmitter<HostEvents>
  readonly delay: (milliseconds: number) => Promise<void>
  /** Resolves to false when the message is lost. @throws Refusal */
  readonly publish: (topic: string, payload: string) => Promise<boolean>
  /** Cuts the partners off. */
  readonly cut: () => void
}

/** How long a message waits for another to overtake it. */
const HELD_MS = 1_000

export class Sender {
  readonly #host: Surroundings
  readonly #held = new Map<Said, Message>()

  constructor(host: Surroundings) {
    this.#host = host
  }

  /**
   * Resolves to false when the message is lost on purpose or because the link is down, and early to true when a fault
   * holds it back.
   * @throws Refusal for a topic nothing can be published on
   */
  async send(as: Said, topic: string, payload: string): Promise<boolean> {
    const { faults, events, delay } = this.#host
    const message = { as, topic, payload }
    if (faults.happens(as === 'answered' ? 'unanswered' : 'lostNotices')) {
      events.emit('withheld', { topic, payload })
      return false
    }
    if (as === 'answered') await delay(faults.values.answerDelay)
    const wait = this.#wait(as)
    if (wait === 0) return this.#pass(message)
    this.#later(wait, () => this.#pass(message))
    return true
  }

  /** Forgets what is held back. */
  clear(): void {
    this.#held.clear()
  }

  #wait(as: Said): number {
    const { faults } = this.#host
    if (as === 'told') return faults.values.noticeDelay
    return faults.happens('lateAnswers') ? faults.values.lateBy : 0
  }

  async #pass(message: Message): Promise<boolean> {
    const { as } = message
    const { faults } = this.#host
    const overtaken = this.#held.get(as)
    if (overtaken === undefined && faults.happens(as === 'answered' ? 'reorderAnswers' : 'reorderNotices')) {
      this.#held.set(as, message)
      this.#later(HELD_MS, async () => this.#held.get(as) === message && this.#release(message))
      return true
    }
    const sent = await this.#put(message)
    if (overtaken !== undefined) await this.#release(overtaken)
    return sent
  }

  async #release(message: Message): Promise<boolean> {
    this.#held.delete(message.as)
    return this.#put(message)
  }

  async #put({ as, topic, payload }: Message): Promise<boolean> {
    const { faults, events, publish, cut } = this.#host
    if (faults.happens('disconnects')) cut()
    const twice = faults.happens(as === 'answered' ? 'duplicateAnswers' : 'duplicateNotices')
    let sent = false
    for (const _copy of twice ? [1, 2] : [1]) {
      sent = await publish(topic, payload)
      events.emit(sent ? as : 'lost', { topic, payload })
    }
    return sent
  }

  #later(milliseconds: number, what: () => Promise<unknown>): void {
    // What is under way when the host stops or forgets, or cannot be published at all, is nobody's any more.
    this.#host
      .delay(milliseconds)
      .then(what)
      .catch(() => {})
  }
}
