import { setTimeout as delay } from 'node:timers/promises'
import type { Effect } from '../devices/effects.ts'
import { StoryFailure } from './verb.ts'

/** An effect, whose it was, and when (milliseconds since the story began). */
export interface Seen {
  readonly deviceId: string
  readonly effect: Effect
  readonly after: number
}

/** What a line of the story wants to notice. Texts are found anywhere in what was said; all else has to be equal. */
export interface Wanted {
  readonly deviceId: string
  readonly effect: Effect['effect']
  readonly fields: Readonly<Record<string, unknown>>
}

/** Effects that may come no oftener than the story tells. A screen may show the same thing twice. */
const COUNTED: ReadonlySet<Effect['effect']> = new Set(['speak', 'call', 'dispense', 'pulse'])

/**
 * Sees and remembers what a person in the shop would notice. Each effect answers for one line of the story only; what no
 * line asked for is a doubled or unfounded effect at the end.
 */
export class Witness {
  readonly #began = performance.now()
  readonly #seen: Seen[] = []
  readonly #told = new Set<Seen>()
  readonly #watchers = new Set<() => void>()

  note(deviceId: string, effect: Effect): void {
    this.#seen.push({ deviceId, effect, after: Math.round(performance.now() - this.#began) })
    for (const look of [...this.#watchers]) look()
  }

  /** The first effect that fits and has not answered for an earlier line. @throws StoryFailure when none comes in time */
  async notices(wanted: Wanted, withinMs: number): Promise<void> {
    const found = (): boolean => {
      const seen = this.#seen.find(candidate => !this.#told.has(candidate) && fits(candidate, wanted))
      if (seen !== undefined) this.#told.add(seen)
      return seen !== undefined
    }
    if (found()) return
    const { promise, resolve } = Promise.withResolvers<void>()
    const giveUp = new AbortController()
    const look = (): void => {
      if (found()) resolve()
    }
    this.#watchers.add(look)
    try {
      const late = delay(withinMs, true, { signal: giveUp.signal })
      if ((await Promise.race([promise, late])) !== true) return
      throw new StoryFailure(`missing within ${withinMs} ms: ${inWords(wanted)}${this.#alike(wanted)}`)
    } finally {
      this.#watchers.delete(look)
      giveUp.abort()
    }
  }

  /** Nothing that fits is left unexplained, now and for so long. @throws StoryFailure when there is */
  async doesNotNotice(wanted: Wanted, forMs: number): Promise<void> {
    await delay(forMs)
    const seen = this.#seen.find(candidate => !this.#told.has(candidate) && fits(candidate, wanted))
    if (seen !== undefined) throw new StoryFailure(`should not be: ${seenInWords(seen)}`)
  }

  /** For so long, no more than so many fit; all of them are explained. @throws StoryFailure when there are more */
  async noticesAtMost(wanted: Wanted, times: number, forMs: number): Promise<void> {
    await delay(forMs)
    const seen = this.#seen.filter(candidate => !this.#told.has(candidate) && fits(candidate, wanted))
    for (const candidate of seen) this.#told.add(candidate)
    if (seen.length > times) throw new StoryFailure(`oftener than ${times} times: ${seen.map(seenInWords).join('; ')}`)
  }

  /** Effects that are counted and that no line of the story asked for. */
  unexplained(): readonly string[] {
    const counted = this.#seen.filter(seen => isCounted(seen.effect) && !this.#told.has(seen))
    return counted.map(seen => {
      const same = this.#seen.some(other => this.#told.has(other) && sameEffect(other, seen))
      return `${same ? 'doubled' : 'nobody expected'}: ${seenInWords(seen)}`
    })
  }

  /** Everything that was noticed, one line each. */
  account(): readonly string[] {
    return this.#seen.filter(({ effect }) => effect.effect !== 'ack').map(seenInWords)
  }

  #alike({ deviceId, effect }: Wanted): string {
    const alike = this.#seen.filter(seen => seen.deviceId === deviceId && seen.effect.effect === effect)
    const last = alike.at(-1)
    return last === undefined ? '' : `; the last of its kind was ${seenInWords(last)}`
  }
}

/** A recorded sound goes with what is on the screen. */
function isCounted(effect: Effect): boolean {
  return COUNTED.has(effect.effect) && !(effect.effect === 'speak' && effect.kind === 'sound')
}

function fits({ deviceId, effect }: Seen, wanted: Wanted): boolean {
  if (deviceId !== wanted.deviceId || effect.effect !== wanted.effect) return false
  const shown: Readonly<Record<string, unknown>> = { ...effect }
  return Object.entries(wanted.fields).every(([key, value]) => {
    if (key === 'qr') return (shown.qrCode !== undefined) === value
    if (key === 'paying') return payable(shown.qr) === value
    if (key === 'error') return JSON.stringify(shown.error ?? null).includes(String(value))
    if (key === 'text') return String(shown.text ?? '').includes(String(value))
    return String(shown[key]) === String(value)
  })
}

/** What a phone reads from the code on the screen. */
function payable(qr: unknown): unknown {
  return typeof qr === 'object' && qr !== null && 'amount' in qr ? qr.amount : undefined
}

function sameEffect(one: Seen, other: Seen): boolean {
  return one.deviceId === other.deviceId && withoutTime(one.effect) === withoutTime(other.effect)
}

function withoutTime({ at: _at, ...effect }: Effect): string {
  return JSON.stringify(effect)
}

function inWords({ deviceId, effect, fields }: Wanted): string {
  return `${deviceId} ${effect} ${JSON.stringify(fields)}`
}

function seenInWords({ deviceId, effect: { at: _at, effect, ...fields }, after }: Seen): string {
  return `${deviceId} ${effect} ${JSON.stringify(fields)} at ${after} ms`
}
