import type { Clock } from '../../clock.ts'
import { LedgerUnavailableError } from '../ledger.ts'
import type { Db } from './database.ts'
import type { GroupCommit } from './group-commit.ts'
import {
  BEGINNING,
  forgetCash,
  forgetDeadLetters,
  forgetDeliveries,
  forgetNews,
  forgetNextRawOfPayments,
  forgetOrders,
  forgetPayments,
  forgetRaw,
  forgetRawOfPayments,
  type Place,
  type Walk,
} from './operations/forget.ts'

/**
 * Forgetting what is older than `retention` says.
 *
 * Terms. A **sweep** walks once through everything old; there is one an hour. A **step** is a few rows of it in one
 * transaction, sized so that it takes `STEP_MS`; between two steps there is a pause, which lasts until nothing was written
 * during it, but `PAUSES` at the most, so that a gateway that is never idle forgets all the same. Nothing is remembered of a
 * sweep: after a restart the next one begins with the oldest row that is left.
 *
 * Everything hangs on the wall clock, and a small box may start with a wrong one. So the first sweep comes after an
 * hour, and none comes while the wall clock has not run evenly since the last.
 */

/** Milliseconds; `payments` is also the age of orders, deliveries and dead letters. */
export interface RetentionAges {
  readonly payments: number
  readonly raw: number
}

const SWEEP_EVERY_MS = 3_600_000
/** The wall clock may be set right by this much in an hour. */
const EVEN_MS = 60_000
const PAUSE_MS = 100
const PAUSES = 10
const STEP_MS = 4
/** Payments outlive what the host said of them, so most sweeps pass by those that have lost it already; one in a week looks at all. */
const THOROUGH_EVERY = 168
const FEWEST_ROWS = 10
const MOST_ROWS = 200

type Forget = (db: Db, walk: Walk) => Place | null

export class Retention {
  readonly #commits: GroupCommit
  readonly #clock: Clock
  readonly #ages: RetentionAges
  readonly #failed: (error: unknown) => void
  #rows = FEWEST_ROWS
  #sweeps = 0
  #stopped = false
  #cancel: () => void = () => {}

  constructor(commits: GroupCommit, clock: Clock, ages: RetentionAges, failed: (error: unknown) => void) {
    this.#commits = commits
    this.#clock = clock
    this.#ages = ages
    this.#failed = failed
  }

  /** Plans the next sweep. */
  start(): void {
    const wall = this.#clock.now()
    const monotonic = this.#clock.monotonic()
    this.#cancel = this.#clock.after(SWEEP_EVERY_MS, () => {
      const passed = this.#clock.monotonic() - monotonic
      const even = Math.abs(this.#clock.now() - wall - passed) <= EVEN_MS
      void this.#due(even && this.#commits.trouble === null)
    })
  }

  stop(): void {
    this.#stopped = true
    this.#cancel()
  }

  async #due(possible: boolean): Promise<void> {
    try {
      if (possible) await this.#sweep()
    } catch (error) {
      // The next sweep does what this one could not.
      if (!(error instanceof LedgerUnavailableError)) this.#failed(error)
    }
    if (!this.#stopped) this.start()
  }

  async #sweep(): Promise<void> {
    const now = this.#clock.now()
    const payments = now - this.#ages.payments
    const raw = now - this.#ages.raw
    await this.#walk(forgetOrders, payments)
    await this.#walk(forgetPayments, payments)
    await this.#walk(forgetDeliveries, payments)
    await this.#walk(forgetDeadLetters, payments)
    await this.#walk(forgetRaw, raw)
    await this.#walk(this.#sweeps % THOROUGH_EVERY === 0 ? forgetRawOfPayments : forgetNextRawOfPayments, raw)
    this.#sweeps += 1
    await this.#walk(forgetCash, raw)
    await this.#walk(forgetNews, raw)
  }

  async #walk(forget: Forget, before: number): Promise<void> {
    for (let after: Place | null = BEGINNING; after !== null && !this.#stopped; ) {
      await this.#quiet()
      if (this.#stopped) return
      const place: Place = after
      const walk = { after: place, before, now: this.#clock.now() }
      after = await this.#commits.aside(db => this.#step(forget, db, { ...walk, limit: this.#rows }))
    }
  }

  #step(forget: Forget, db: Db, walk: Walk): Place | null {
    const started = this.#clock.monotonic()
    const place = forget(db, walk)
    const slow = this.#clock.monotonic() - started > STEP_MS
    this.#rows = slow ? Math.max(this.#rows >> 1, FEWEST_ROWS) : Math.min(this.#rows * 2, MOST_ROWS)
    return place
  }

  /** Waits for a pause in which nobody stored anything. */
  async #quiet(): Promise<void> {
    for (let pause = 0; pause < PAUSES && !this.#stopped; pause += 1) {
      const before = this.#commits.writes
      await new Promise<void>(resolve => {
        this.#cancel = this.#clock.after(PAUSE_MS, resolve)
      })
      if (this.#commits.writes === before) return
    }
  }
}
