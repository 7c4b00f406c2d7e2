import type { EventEmitter } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { isoWithOffset } from '../../protocol/time.ts'
import type { HostEvents } from './events.ts'
import { orderView } from './order-view.ts'

/** One thing that happened. `n` counts up from 1 and is never used twice, not even after a reset. */
interface Entry {
  readonly n: number
  readonly at: string
  readonly event: keyof HostEvents
  readonly [detail: string]: unknown
}

export interface JournalQuery {
  /** Only what came later than this number. */
  readonly after: number
  readonly events: readonly string[]
  readonly topic: string | undefined
  readonly most: number
}

/** As many as are kept; the oldest go first. */
const MOST_ENTRIES = 20_000

/** What was received, sent, refused and paid, in order, for whoever has to prove it afterwards. */
export class Journal {
  readonly #now: () => number
  #entries: Entry[] = []
  #last = 0
  #waiting: (() => void)[] = []

  constructor(events: EventEmitter<HostEvents>, now: () => number) {
    this.#now = now
    for (const event of [
      'received',
      'ignored',
      'refused',
      'answered',
      'told',
      'injected',
      'withheld',
      'lost',
    ] as const) {
      events.on(event, (message: object) => this.#add(event, { ...message }))
    }
    for (const event of ['issued', 'stored', 'cancelled'] as const) {
      events.on(event, order => this.#add(event, { order: orderView(order) }))
    }
    for (const event of ['paid', 'reversed'] as const) events.on(event, receipt => this.#add(event, { ...receipt }))
    events.on('connected', () => this.#add('connected', {}))
    events.on('disconnected', reason => this.#add('disconnected', { reason }))
  }

  /** The number of the last entry; 0 before the first. */
  get last(): number {
    return this.#last
  }

  /** The oldest that fit. */
  read({ after, events, topic, most }: JournalQuery): readonly Entry[] {
    const fitting = this.#entries.filter(
      entry =>
        entry.n > after &&
        (events.length === 0 || events.includes(entry.event)) &&
        (topic === undefined || entry.topic === topic),
    )
    return fitting.slice(0, most)
  }

  /** The same, but an empty answer waits: for the first that fits, or for this many milliseconds. */
  async wait(query: JournalQuery, milliseconds: number): Promise<readonly Entry[]> {
    const over = new AbortController()
    const deadline = delay(milliseconds, undefined, { signal: over.signal, ref: false }).catch(() => {})
    let late = false
    deadline.then(
      () => {
        late = true
      },
      () => {},
    )
    try {
      for (;;) {
        const found = this.read(query)
        if (found.length > 0 || late) return found
        await Promise.race([deadline, new Promise<void>(resolve => this.#waiting.push(resolve))])
      }
    } finally {
      over.abort()
    }
  }

  clear(): void {
    this.#entries = []
  }

  #add(event: keyof HostEvents, detail: Readonly<Record<string, unknown>>): void {
    this.#last += 1
    this.#entries.push({ n: this.#last, at: isoWithOffset(this.#now()), event, ...detail })
    // Not one by one: moving a long list for every entry would be the most expensive thing this program does.
    if (this.#entries.length > MOST_ENTRIES * 1.1) this.#entries = this.#entries.slice(-MOST_ENTRIES)
    const waiting = this.#waiting
    this.#waiting = []
    for (const wake of waiting) wake()
  }
}
