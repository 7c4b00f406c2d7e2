/** How many message ids a device remembers. */
const MOST = 32

/** The ids of the last messages whose effect a device has begun: each has its effect once. */
export class RecentIds {
  readonly #ids: string[]
  readonly #keep: (ids: readonly string[]) => void

  /**
   * @param known what was kept before the power went
   * @param keep called with every change before the effect, for a machine that has to remember across a loss of power
   */
  constructor(known: readonly string[] = [], keep: (ids: readonly string[]) => void = () => {}) {
    this.#ids = known.slice(-MOST)
    this.#keep = keep
  }

  has(id: string): boolean {
    return this.#ids.includes(id)
  }

  add(id: string): void {
    this.#ids.push(id)
    if (this.#ids.length > MOST) this.#ids.shift()
    this.#keep(this.#ids)
  }
}
