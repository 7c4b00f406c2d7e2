/** What is expected of the devices of a fleet and what came of it, by the sum that names each payment. */
export class Tally {
  /** Milliseconds at which the cause of an effect happened, until the effect came. */
  readonly #awaited = new Map<string, number>()
  readonly #come = new Set<string>()
  readonly #latencies: number[] = []
  readonly #doubled: string[] = []
  readonly #unfounded: string[] = []
  #expected = 0
  #emptied = Promise.withResolvers<void>()

  /** An effect has to come; `now` are monotonic milliseconds, here and below. */
  expect(effect: string, now: number): void {
    this.#expected += 1
    this.#awaited.set(effect, now)
  }

  came(effect: string, now: number): void {
    const since = this.#awaited.get(effect)
    if (since === undefined) {
      const list = this.#come.has(effect) ? this.#doubled : this.#unfounded
      list.push(effect)
      return
    }
    this.#awaited.delete(effect)
    this.#come.add(effect)
    this.#latencies.push(now - since)
    if (this.#awaited.size === 0) this.#emptied.resolve()
  }

  /** Resolves once nothing is awaited any more; `signal` ends the waiting. */
  async complete(signal: AbortSignal): Promise<void> {
    this.#emptied = Promise.withResolvers()
    if (this.#awaited.size === 0 || signal.aborted) return
    const giveUp = (): void => this.#emptied.resolve()
    signal.addEventListener('abort', giveUp)
    await this.#emptied.promise
    signal.removeEventListener('abort', giveUp)
  }

  get counts() {
    // Numbers of a typed array are sorted without a comparison in JavaScript: this is asked for every second.
    const sorted = Float64Array.from(this.#latencies).sort()
    const at = (part: number): number =>
      round(sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? 0)
    return {
      expected: this.#expected,
      came: sorted.length,
      missing: this.#awaited.size,
      doubled: this.#doubled.length,
      unfounded: this.#unfounded.length,
      latencyMs: { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) },
    }
  }

  /** The first of each that is wrong, for those who look for the reason. */
  examples(most: number) {
    return {
      missing: [...this.#awaited.keys()].slice(0, most),
      doubled: this.#doubled.slice(0, most),
      unfounded: this.#unfounded.slice(0, most),
    }
  }
}

export type TallyCounts = Tally['counts']

function round(milliseconds: number): number {
  return Math.round(milliseconds * 10) / 10
}
