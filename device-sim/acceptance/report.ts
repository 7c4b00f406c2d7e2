import { harmless } from '../../gateway/cli/text.ts'
import { isoWithOffset } from '../../protocol/time.ts'

/** What became of one step; `skipped` is one that does not apply here, and says why. */
export type Outcome = 'ok' | 'failed' | 'skipped'

export interface StepReport {
  readonly step: string
  /** What is being shown, in VietQR's own words for it. */
  readonly title: string
  readonly outcome: Outcome
  /** Milliseconds the step took. */
  readonly ms: number
  /** What was seen, or what is missing and what would be right: one sentence each. */
  readonly details: readonly string[]
}

export interface AcceptanceReport {
  readonly ok: boolean
  readonly site: string
  readonly host: string
  readonly environment: string
  readonly terminalCode: string
  /** All but its last four digits hidden. */
  readonly bankAccount: string
  readonly at: string
  readonly steps: readonly StepReport[]
}

export function reportOf(about: Omit<AcceptanceReport, 'ok' | 'at'>, now: number): AcceptanceReport {
  return { ok: about.steps.every(({ outcome }) => outcome !== 'failed'), ...about, at: isoWithOffset(now) }
}

const MARKS: Record<Outcome, string> = { ok: '[x]', failed: '[ ]', skipped: '[-]' }

export function stepInWords({ title, outcome, ms, details }: StepReport): string {
  const lines = details.map(detail => `  ${harmless(detail)}`)
  return [`${MARKS[outcome]} ${title}: ${outcome}, ${ms} ms`, ...lines].join('\n')
}

/** The report as a text that can be sent as it is: Markdown, no secret, no whole account number. */
export function reportInWords(report: AcceptanceReport): string {
  const { site, host, environment, terminalCode, bankAccount, at, steps } = report
  const about = { site, host, environment, terminal: terminalCode, account: bankAccount, time: at }
  const facts = Object.entries(about).map(([name, value]) => `- ${name}: ${harmless(value)}`)
  const verdict = report.ok ? 'Every step that applies was passed.' : 'Not passed: see the steps marked failed.'
  return ['# VietQR Host-to-Device: acceptance', '', ...facts, '', ...steps.map(stepInWords), '', verdict, ''].join(
    '\n',
  )
}

export function maskedAccount(bankAccount: string): string {
  return `${'*'.repeat(Math.max(0, bankAccount.length - 4))}${bankAccount.slice(-4)}`
}
