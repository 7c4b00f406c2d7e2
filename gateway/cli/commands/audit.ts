import type { Command } from 'commander'
import type { AuditView } from '../../control/views.ts'
import { EXIT } from '../../exit-codes.ts'
import type { AuditReport } from '../../ledger/audit-trail.ts'
import { call, outputOf } from '../call.ts'
import { type ListOptions, limitOption } from '../options.ts'
import type { Column } from '../table.ts'
import { moment } from '../text.ts'

export function addAudit(audit: Command): void {
  audit
    .command('list')
    .description('changes, newest first')
    .addOption(limitOption())
    .action(async ({ limit }: ListOptions, command: Command) => {
      const found = await call(command, 'audit list', { limit })
      outputOf(command).list(found, COLUMNS, 'nothing was changed yet')
    })
  audit
    .command('verify')
    .description('check that no entry was changed, removed or put in')
    .action(async (_options: object, command: Command) => {
      const report = await call(command, 'audit verify', {})
      outputOf(command).answer({ ok: report.broken === null, ...report }, () => inWords(report))
      if (report.broken !== null) process.exitCode = EXIT.failed
    })
}

function inWords({ entries, head, broken }: AuditReport): string {
  if (broken !== null) {
    return `entry ${broken.seq} is broken: ${broken.reason}; entries before it that hold: ${entries}`
  }
  return head === null
    ? 'the audit trail is whole: 0 entries'
    : `the audit trail is whole: ${entries} entries, last hash ${head}`
}

const COLUMNS: readonly Column<AuditView>[] = [
  { title: 'NO', value: ({ seq }) => String(seq), align: 'right' },
  { title: 'AT', value: ({ at }) => moment(at) },
  { title: 'WHO', value: ({ who }) => who, free: true },
  { title: 'VIA', value: ({ via }) => via, spare: 2 },
  { title: 'ACTION', value: ({ action }) => action },
  { title: 'SUBJECT', value: ({ subject }) => subject },
  { title: 'DETAILS', value: ({ details }) => inShort(details), spare: 1, free: true },
]

function inShort(details: AuditView['details']): string {
  const said = Object.entries(details).filter(([, value]) => value !== null)
  return said.map(([key, value]) => `${key}: ${String(value)}`).join(', ') || '-'
}
