import type { Play, Subject } from './verb.ts'
import { VERBS } from './verbs.ts'

/** One line of a story, understood. */
export interface Line {
  /** As it was written, for those who read the report. */
  readonly words: string
  /** The id of a device, or one of the other subjects. */
  readonly subject: string
  /** The words after the subject, and what stands behind them. */
  readonly said: string
  readonly value: unknown
  readonly play: Play
}

const OTHERS: readonly Subject[] = ['customer', 'person', 'host', 'gateway', 'ledger', 'time']

/** Reads `subject verb: value`; the sentence says what cannot be understood and what could. */
export function readLine(
  written: string | Readonly<Record<string, unknown>>,
  devices: readonly string[],
): Line | { readonly problem: string } {
  const [entry, ...more] = typeof written === 'string' ? [[written, null] as const] : Object.entries(written)
  if (entry === undefined || more.length > 0) return { problem: 'should be one line such as “customer pays: 25000”' }
  const [phrase, value] = entry
  const [subject = '', ...rest] = phrase.trim().split(/\s+/)
  const said = rest.join(' ')
  const kind = devices.includes(subject) ? 'device' : OTHERS.find(other => other === subject)
  if (kind === undefined) {
    return { problem: `nobody is called ${subject}; there are ${[...devices, ...OTHERS].join(', ')}` }
  }
  const known = VERBS.filter(candidate => candidate.subject === kind)
  const play = known.find(candidate => candidate.said === said)?.understand(value)
  if (play === undefined) {
    return { problem: `${subject} cannot “${said}”; it can: ${known.map(candidate => candidate.said).join(', ')}` }
  }
  if (typeof play === 'string') return { problem: `${phrase}: ${play}` }
  const given = typeof value === 'object' ? JSON.stringify(value) : String(value)
  return { words: value === null ? phrase : `${phrase}: ${given}`, subject, said, value, play }
}
