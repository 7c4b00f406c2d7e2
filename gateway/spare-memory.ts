import { type EventLoopUtilization, performance } from 'node:perf_hooks'
import type { Clock } from './clock.ts'

/**
 * Gives memory back after a rush. V8 keeps the pages it has freed for the next one and left to itself never returns them: a
 * gateway that was busy for a minute stayed at 160 MB for ever, where 100 are enough (measured, a hundred devices).
 *
 * Every few seconds it looks whether the process is **at rest** (its event loop nearly idle since the last look) and has
 * **grown** since it last gave back. If it then does nothing at all for a moment, one collection returns everything that is free.
 * That takes 50 to 100 ms in which nothing else happens: the moment keeps it away from the beginning of the next rush. A gateway
 * that is never at rest needs its memory.
 */

const LOOK_EVERY_MS = 2000
const MOMENT_MS = 200
/** Share of the time in which there was something to do. */
const AT_REST = 0.05
const NOTHING = 0.01
const GROWN_BYTES = 8 * 1024 * 1024

export interface SpareMemoryParts {
  readonly clock: Clock
  /** Share of the time since the last call in which the event loop was busy, 0 to 1. */
  busy(): number
  /** Bytes the system counts as this process's. */
  resident(): number
  /** Returns to the system what is free. */
  giveBack(): void
}

export class SpareMemory {
  readonly #parts: SpareMemoryParts
  #least = 0
  #cancel: () => void = () => {}

  constructor(parts: SpareMemoryParts) {
    this.#parts = parts
  }

  start(): void {
    this.#after(LOOK_EVERY_MS, () => {
      if (!this.#mayHaveSpare()) return this.start()
      this.#after(MOMENT_MS, () => {
        if (this.#parts.busy() <= NOTHING) this.#giveBack()
        this.start()
      })
    })
  }

  stop(): void {
    this.#cancel()
  }

  #after(ms: number, task: () => void): void {
    this.#cancel = this.#parts.clock.after(ms, task)
  }

  #mayHaveSpare(): boolean {
    const { busy, resident } = this.#parts
    return busy() <= AT_REST && resident() >= this.#least + GROWN_BYTES
  }

  #giveBack(): void {
    const { giveBack, resident } = this.#parts
    giveBack()
    this.#least = resident()
  }
}

/** This process's memory; null where V8 was started without `--expose-gc`, as the launcher starts it. */
export function ownMemory(clock: Clock): SpareMemory | null {
  const { gc } = globalThis
  if (gc === undefined) return null
  let last: EventLoopUtilization = performance.eventLoopUtilization()
  const busy = (): number => {
    const now = performance.eventLoopUtilization()
    const { utilization } = performance.eventLoopUtilization(now, last)
    last = now
    return utilization
  }
  // Nothing less returns the pages: V8 keeps them after any other collection.
  const giveBack = (): void => gc({ type: 'major', execution: 'sync', flavor: 'last-resort' })
  return new SpareMemory({ clock, busy, resident: () => process.memoryUsage.rss(), giveBack })
}
