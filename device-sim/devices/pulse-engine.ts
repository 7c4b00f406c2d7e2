/**
 * The pulses of a vending machine (public firmware).
 *
 *   credit(amount) → the amount is kept in the one place there is, over what stands there
 *     → a tick (10 ms) later it is noticed, another tick later the train begins
 *       → meanwhile the machine reads nothing, shows nothing, pings nobody → its end
 *
 * Two payments within two ticks are one: the last. An amount that is not in the table makes a train of no pulses.
 */
import type { Clock } from '../../gateway/clock.ts'
import type { PulseSettings } from './quirks.ts'

interface PulseOwner<Credit> {
  began(): void
  /** @param pulses fewer than `of` when the power went in between */
  ended(credit: Credit, pulses: number, of: number): void
}

const TICK_MS = 10

export class PulseEngine<Credit extends { readonly amount: number }> {
  readonly #settings: PulseSettings
  readonly #clock: Clock
  readonly #owner: PulseOwner<Credit>
  #credit: Credit | null = null
  #running: { readonly credit: Credit; readonly of: number; readonly since: number } | null = null
  #cancel: () => void = () => {}

  constructor(settings: PulseSettings, clock: Clock, owner: PulseOwner<Credit>) {
    this.#settings = settings
    this.#clock = clock
    this.#owner = owner
  }

  get busy(): boolean {
    return this.#running !== null
  }

  /** Milliseconds a train takes. */
  durationOf(amount: number): number {
    return this.#pulses(amount) * this.#pulseMs
  }

  /** @returns whether another credit that was waiting is lost by it */
  credit(credit: Credit): boolean {
    const lost = this.#credit !== null
    this.#credit = credit
    if (!lost) this.#cancel = this.#clock.after(2 * TICK_MS, () => this.#begin())
    return lost
  }

  /** The power goes: what was begun stays half done, what was waiting is forgotten. */
  stop(): void {
    this.#cancel()
    const running = this.#running
    this.#credit = null
    this.#running = null
    if (running === null) return
    const passed = Math.floor((this.#clock.monotonic() - running.since) / this.#pulseMs)
    this.#owner.ended(running.credit, Math.min(passed, running.of), running.of)
  }

  get #pulseMs(): number {
    return this.#settings.onMs + this.#settings.offMs
  }

  #pulses(amount: number): number {
    return this.#settings.table.get(amount) ?? 0
  }

  #begin(): void {
    const credit = this.#credit
    this.#credit = null
    if (credit === null) return
    const of = this.#pulses(credit.amount)
    this.#running = { credit, of, since: this.#clock.monotonic() }
    this.#owner.began()
    this.#cancel = this.#clock.after(of * this.#pulseMs, () => {
      this.#running = null
      this.#owner.ended(credit, of, of)
    })
  }
}
