import type { Command } from 'commander'
import type { LookupTransaction } from '../../../protocol/local/down.ts'
import { isoWithOffset } from '../../../protocol/time.ts'
import { call, outputOf } from '../call.ts'
import type { Column } from '../table.ts'
import { moment, money } from '../text.ts'

interface LookupOptions {
  readonly terminal: string
  readonly order?: string
  readonly reference?: string
}

export function addLookup(lookup: Command): void {
  lookup
    .requiredOption('--terminal <code>', 'the point of sale whose account it is on')
    .option('--order <id>', 'an order, also one unknown here')
    .option('--reference <number>', 'a bank reference')
    .action(async ({ terminal, order, reference }: LookupOptions, command: Command) => {
      if ((order === undefined) === (reference === undefined)) {
        command.error('error: give exactly one of --order and --reference')
      }
      const { transactions } = await call(command, 'lookup', { terminal, order, reference })
      const rows = transactions.map(readable)
      const answer = { status: 'ok', transactions: rows }
      outputOf(command).list(rows, COLUMNS, 'the host has stored nothing about it (yet)', answer)
    })
}

type Row = ReturnType<typeof readable>

/** Devices are told epoch seconds; everything on the command line is ISO 8601. */
function readable({ timeCreated, timePaid, ...row }: LookupTransaction) {
  return { ...row, timeCreated: iso(timeCreated), timePaid: iso(timePaid) }
}

function iso(seconds: number | null): string | null {
  return seconds === null ? null : isoWithOffset(seconds * 1000)
}

const COLUMNS: readonly Column<Row>[] = [
  { title: 'REFERENCE', value: ({ referenceNumber }) => referenceNumber || '-' },
  { title: 'ORDER', value: ({ orderId }) => orderId || '-', spare: 1 },
  {
    title: 'AMOUNT',
    value: row => (row.direction === 'out' ? `-${money(row.amount)}` : money(row.amount)),
    align: 'right',
  },
  { title: 'STATUS', value: ({ status }) => status },
  { title: 'PAID', value: ({ timePaid }) => moment(timePaid), spare: 2 },
  { title: 'CONTENT', value: ({ content }) => content, spare: 3, free: true },
]
