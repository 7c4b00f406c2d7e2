import type { Witness } from './broker-under-test.ts'

/** What devices say in the proof. */
const TRIED = /^(publish|will|malformed|client id) /

/** What was passed on to anybody, or is kept, beside what is `right`: lines of a text and its topic. */
export async function strays(witness: Witness | undefined, right: ReadonlySet<string>): Promise<string[]> {
  if (witness === undefined) return []
  const problems: string[] = []
  for (const [how, passed] of [
    ['passed on', await witness.passedOn()],
    ['kept', await witness.retained()],
  ] as const) {
    const tried = passed.filter(({ text }) => TRIED.test(text)).map(({ text, topic }) => `${text} on ${topic}`)
    if (tried.length === 0) problems.push(`the witness saw nothing ${how}, and must have`)
    problems.push(...tried.filter(one => !right.has(one)).map(one => `${how}, and must not be: ${one}`))
  }
  return problems
}
