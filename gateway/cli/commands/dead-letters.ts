import type { Command } from 'commander'
import type { DeadLetterView } from '../../control/views.ts'
import { call, outputOf } from '../call.ts'
import { type ListOptions, limitOption } from '../options.ts'
import type { Column } from '../table.ts'
import { moment } from '../text.ts'

export function addDeadLetters(letters: Command): void {
  letters
    .command('list')
    .description('dead letters, newest first')
    .addOption(limitOption())
    .action(async ({ limit }: ListOptions, command: Command) => {
      const found = await call(command, 'dead-letters list', { limit })
      outputOf(command).list(found, COLUMNS, 'no dead letters')
    })
}

const COLUMNS: readonly Column<DeadLetterView>[] = [
  { title: 'ID', value: ({ deadLetterId }) => String(deadLetterId), align: 'right' },
  { title: 'RECEIVED', value: ({ receivedAt }) => moment(receivedAt), spare: 1 },
  { title: 'REASON', value: ({ reason }) => reason },
  { title: 'FROM', value: ({ source }) => source, spare: 2 },
  { title: 'TEXT', value: ({ text }) => text, free: true },
  { title: 'TOPIC', value: ({ topic }) => topic, spare: 3 },
]
