import { harmless } from '../../gateway/cli/text.ts'
import type { Outcome } from './play.ts'

/** One outcome for a person: its line, and when it failed what was missing or doubled and what was noticed. */
export function inWords({ scenario, ok, ms, failure }: Outcome): string {
  const covers = scenario.covers.length === 0 ? '' : ` [${scenario.covers.join(' ')}]`
  const head = `${ok ? 'ok  ' : 'FAIL'} ${scenario.name}${covers} (${(ms / 1000).toFixed(1)} s)`
  if (failure === null) return harmless(head)
  const listed = (title: string, lines: readonly string[]): readonly string[] =>
    lines.length === 0 ? [] : [`       ${title}:`, ...lines.map(told => `         ${harmless(told)}`)]
  const what = failure.what.split('\n').map(sentence => `       ${harmless(sentence)}`)
  const where = `     ${scenario.file}, at “${failure.line}”:`
  const noticed = listed('what was noticed', failure.account)
  return [harmless(head), harmless(where), ...what, ...noticed, ...listed('the payment', failure.trace)].join('\n')
}

/** The report as JUnit's XML, which build servers read. */
export function junit(outcomes: readonly Outcome[]): string {
  const failures = outcomes.filter(({ ok }) => !ok).length
  const seconds = outcomes.reduce((sum, { ms }) => sum + ms, 0) / 1000
  const head = `<testsuite name="vietqr-sim scenario" tests="${outcomes.length}" failures="${failures}" time="${seconds}">`
  return ['<?xml version="1.0" encoding="UTF-8"?>', head, ...outcomes.map(testCase), '</testsuite>', ''].join('\n')
}

function testCase({ scenario, ms, failure }: Outcome): string {
  const about = `<testcase classname="${escaped(scenario.file)}" name="${escaped(scenario.name)}" time="${ms / 1000}"`
  if (failure === null) return `  ${about}/>`
  const text = [failure.what, ...failure.account, ...failure.trace].join('\n')
  return `  ${about}><failure message="${escaped(`at ${failure.line}`)}">${escaped(text)}</failure></testcase>`
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

/** XML has no place for control characters, not even escaped ones. */
function escaped(text: string): string {
  return text.replace(/[&<>"]/g, mark => ESCAPES[mark] ?? mark).replace(/[^\P{C}\n\t]/gu, '\uFFFD')
}
