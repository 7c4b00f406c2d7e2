import type { Verdict } from './access-oracle.ts'

/** How many cases of each sort; and more than ten thousand of them all. */
export const WHOLE: Size = { publishes: 4_000, filters: 6_000, wills: 600, clientIds: 400, malformed: 200 }

export interface Size {
  readonly publishes: number
  readonly filters: number
  readonly wills: number
  readonly clientIds: number
  readonly malformed: number
}

export interface Outcome {
  readonly cases: number
  readonly problems: readonly string[]
  /** How many cases of each verdict there were: a proof of one kind alone proves little. */
  readonly verdicts: Readonly<Record<Verdict, number>>
}
