/**
 * A customer in front of a device. They look at its screen, take their phone out and pay what they see, each after their habit:
 *
 *   pays             after some seconds
 *   pays-twice       and once more right after, because the phone looked stuck
 *   pays-late        61 seconds after the code came, when the screen has gone
 *   pays-less        a part of what is asked, typed over in the bank app
 *   leaves           without paying
 *   presses-another  chooses, and chooses something else before the first code is there; then pays what is on the screen
 *
 * Everything random comes from the seed and every wait from the clock, so that a run can be repeated.
 */
import { EventEmitter } from 'node:events'
import type { Clock } from '../../gateway/clock.ts'
import type { Device, OrderWish } from '../devices/device.ts'
import type { Effect } from '../devices/effects.ts'
import type { PayWish } from './control-client.ts'

export const HABITS = ['pays', 'pays-twice', 'pays-late', 'pays-less', 'leaves', 'presses-another'] as const
export type Habit = (typeof HABITS)[number]

/** What a person did. */
export type Deed =
  | { readonly did: 'chose'; readonly amount: number }
  | { readonly did: 'paid'; readonly qrCode: string; readonly amount?: number }
  | { readonly did: 'left'; readonly qrCode: string }

export interface PersonEvents {
  did: [deed: Deed]
  /** The bank app refused, in a sentence. */
  problem: [reason: string]
}

interface PersonOptions {
  readonly habit: Habit
  readonly device: Device
  /** The way to the bank: the host's control port, as a rule. */
  readonly bank: { pay(wish: PayWish): Promise<unknown> }
  readonly clock: Clock
  /** Numbers from 0 up to 1, see `seeded`. */
  readonly random: () => number
}

const THINKS_MS = { least: 3_000, most: 8_000 }
const AGAIN_MS = { least: 1_000, most: 3_000 }
const LATE_MS = 61_000

export class Person {
  readonly events = new EventEmitter<PersonEvents>()
  readonly #options: PersonOptions
  readonly #waits = new Set<() => void>()
  readonly #looked = new Set<string>()
  readonly #look = (effect: Effect): void => this.#see(effect)

  constructor(options: PersonOptions) {
    this.#options = options
  }

  /** Stands before the device: acts on every new code from now on. */
  comes(): void {
    this.#options.device.events.on('effect', this.#look)
  }

  /** Is gone, and what they had in mind is not done. */
  goes(): void {
    this.#options.device.events.off('effect', this.#look)
    for (const cancel of this.#waits) cancel()
    this.#waits.clear()
  }

  /**
   * Chooses at the device; one who presses another product does so before the first can have its code.
   * @param another what is pressed then
   */
  chooses(wish: OrderWish, another: OrderWish = wish): void {
    const wishes = this.#options.habit === 'presses-another' ? [wish, another] : [wish]
    for (const chosen of wishes) {
      this.events.emit('did', { did: 'chose', amount: chosen.amount })
      this.#options.device.order(chosen).catch(error => this.#complain(error))
    }
  }

  #see(effect: Effect): void {
    if (effect.effect !== 'screen' || !('qrCode' in effect) || effect.qrCode === undefined) return
    if (effect.view !== 'order' && effect.view !== 'qr') return
    const { qrCode } = effect
    // A screen shows the same code again and again; it is one temptation.
    if (this.#looked.has(qrCode)) return
    this.#looked.add(qrCode)
    const asked =
      typeof effect.amount === 'number' ? effect.amount : 'qr' in effect && effect.qr?.ok ? effect.qr.amount : null
    this.#act(qrCode, asked)
  }

  #act(qrCode: string, asked: number | null): void {
    const { habit } = this.#options
    if (habit === 'leaves') this.events.emit('did', { did: 'left', qrCode })
    else if (habit === 'pays-late') this.#after(LATE_MS, () => this.#pay({ qrCode }))
    else if (habit === 'pays-less')
      this.#after(this.#between(THINKS_MS), () => this.#pay({ qrCode, amount: this.#less(asked) }))
    else if (habit === 'presses-another') this.#after(this.#between(THINKS_MS), () => this.#payLast(qrCode))
    else {
      this.#after(this.#between(THINKS_MS), () => {
        this.#pay({ qrCode })
        if (habit === 'pays-twice') this.#after(this.#between(AGAIN_MS), () => this.#pay({ qrCode }))
      })
    }
  }

  /** Only what is still on the screen can be scanned. */
  #payLast(qrCode: string): void {
    if ([...this.#looked].at(-1) === qrCode) this.#pay({ qrCode })
  }

  #pay(wish: PayWish & { readonly qrCode: string }): void {
    this.events.emit('did', { did: 'paid', ...wish })
    this.#options.bank.pay(wish).catch(error => this.#complain(error))
  }

  /** The trick of a thousandth, or some part of it; never nothing. */
  #less(asked: number | null): number {
    const whole = asked ?? 2
    return Math.max(
      1,
      this.#options.random() < 0.5 ? Math.floor(whole / 1_000) : Math.floor(whole * this.#options.random()),
    )
  }

  #between({ least, most }: { readonly least: number; readonly most: number }): number {
    return Math.floor(least + this.#options.random() * (most - least))
  }

  #after(ms: number, task: () => void): void {
    const cancel = this.#options.clock.after(ms, () => {
      this.#waits.delete(cancel)
      task()
    })
    this.#waits.add(cancel)
  }

  #complain(error: unknown): void {
    this.events.emit('problem', error instanceof Error ? error.message : String(error))
  }
}

/** Numbers from 0 up to 1, always the same for one seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
