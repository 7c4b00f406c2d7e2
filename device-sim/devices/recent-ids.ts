/** How many message ids a device remembers that is as it should be. */
const MOST = 32

/** The ids of the last messages whose effect a device has begun: each has its effect once. */
export class RecentIds {
  readonly #ids: string[]
  readonly #keep: (ids: readonly string[]) => void
  readonly #most: number

  /**
   * @param known what was kept before the power went
   * @param keep called with every change before the effect, for a machine that has to remember across a loss of power
   * @param most how many; 0 forgets each at once
   */
  constructor(known: readonly string[] = [], keep: (ids: readonly string[]) => void = () => {}, most = MOST) {
    this.#ids = known.slice(-MOST)
    this.#keep = keep
    this.#most = most
  }

  has(id: string): boolean {
    return this.#ids.includes(id)
  }

  add(id: string): void {
    this.#ids.push(id)
    if (this.#ids.length > this.#most) this.#ids.shift()
    this.#keep(this.#ids)
  }
}
