/** How large a proof is run: in full, or short as in the normal test suite. */
export interface Scale {
  readonly seed: number
  readonly short: boolean
}

/** What a proof did, for its one line. */
export type Counts = Readonly<Record<string, number>>

/** One promise of the gateway, tried until it breaks or the proof is over. */
export interface Proof {
  readonly name: string
  /** Why it cannot be run on this machine, or false. @throws Error where nothing may be left out (`EVERY_TEST=1`) */
  needs(): string | false
  /** @throws Violation */
  run(scale: Scale): Promise<Counts>
}

const MOST_SHOWN = 12

/** A promise was broken; each problem says which, and by what. */
export class Violation extends Error {
  override readonly name = 'Violation'
  readonly code = 'VIOLATION'

  constructor(problems: readonly string[]) {
    const more = problems.length > MOST_SHOWN ? [`… and ${problems.length - MOST_SHOWN} more`] : []
    super(['violated:', ...problems.slice(0, MOST_SHOWN), ...more].join('\n  '))
  }
}

/** @throws Violation when there are any */
export function assertNone(problems: readonly string[]): void {
  if (problems.length > 0) throw new Violation(problems)
}
