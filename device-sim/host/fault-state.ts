import { FAULT_NAMES, FAULTS, type FaultValues } from './faults.ts'
import { Randomness } from './randomness.ts'

type Chance =
  | 'unanswered'
  | 'lateAnswers'
  | 'duplicateAnswers'
  | 'reorderAnswers'
  | 'lostNotices'
  | 'duplicateNotices'
  | 'reorderNotices'
  | 'disconnects'
  | 'reversed'

const HEALTHY = Object.fromEntries(FAULT_NAMES.map(name => [name, FAULTS[name].healthy])) as unknown as FaultValues

/** The faults of a running host. They can be changed while it runs; the next message feels it. */
export class Faults {
  readonly #first: FaultValues
  /** Of its own, so that a fault that is switched on does not change the ids of what is made. */
  readonly #random: Randomness
  #values: FaultValues

  /** @param first what the host starts with and goes back to */
  constructor(first: Partial<FaultValues> = {}, seed?: number) {
    this.#first = { ...HEALTHY, ...first }
    this.#values = this.#first
    this.#random = new Randomness(seed === undefined ? undefined : ~seed)
  }

  get values(): FaultValues {
    return this.#values
  }

  /** Changes only what is given. */
  change(some: Partial<FaultValues>): void {
    this.#values = { ...this.#values, ...some }
  }

  /** What is not given becomes healthy, whatever the host was started with. */
  replace(all: Partial<FaultValues>): void {
    this.#values = { ...HEALTHY, ...all }
  }

  /** As the host was started; the same things happen by chance again. */
  reset(): void {
    this.#values = this.#first
    this.#random.restart()
  }

  /** Whether it happens this time. A chance of 0 or 1 leaves the other chances of a seeded run as they are. */
  happens(name: Chance): boolean {
    const chance = this.#values[name]
    if (chance <= 0 || chance >= 1) return chance >= 1
    return this.#random.fraction() < chance
  }
}
