import type { Command } from 'commander'
import type { ReconcileAnswer } from '../answers.ts'
import { call, outputOf } from '../call.ts'
import { durationArgument } from '../options.ts'
import { moment, money } from '../text.ts'

export function addReconcile(reconcile: Command): void {
  reconcile
    .option('--since <duration>', 'how far back: 30m, 24h, 7d', durationArgument, 86_400_000)
    .action(async ({ since }: { readonly since: number }, command: Command) => {
      const report = await call(command, 'reconcile', { sinceMs: since })
      outputOf(command).answer(report, () => inWords(report))
      // A report with gaps is no clean bill.
      if (report.terminals.some(({ unanswered }) => unanswered.length > 0)) process.exitCode = 1
    })
}

function inWords({ since, asked, terminals, days }: ReconcileAnswer): string {
  const lines = [`orders since ${moment(since)} asked about: ${asked}`]
  for (const { terminalCode, found, open, conflicting, unanswered } of terminals) {
    lines.push('', `terminal ${terminalCode}`)
    for (const { orderId, referenceNumber, amount } of found) {
      lines.push(`  found        ${orderId}  ${money(amount)}  ${referenceNumber}`)
    }
    for (const orderId of open) lines.push(`  still open   ${orderId}`)
    for (const { orderId, text } of conflicting) lines.push(`  conflicting  ${orderId}  ${text}`)
    for (const { orderId, code } of unanswered) lines.push(`  no answer    ${orderId}  ${code}`)
  }
  lines.push('', 'received')
  for (const { day, terminalCode, payments, amount } of days) {
    lines.push(`  ${day}  ${terminalCode}  ${money(amount)}  in ${payments} payments`)
  }
  return lines.join('\n')
}
