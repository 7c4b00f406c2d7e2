import type { Command } from 'commander'
import { amountArgument } from '../../../gateway/cli/options.ts'
import { vnd } from '../../../protocol/money.ts'
import { waitingTime } from '../options.ts'

/** `vietqr-sim acceptance` as it was typed. */
export interface AcceptanceCommandOptions {
  readonly gateway: string
  readonly terminal?: string
  readonly amount: number
  readonly wait: number
  readonly report?: string
  readonly json?: boolean
}

const MORE = `
The gateway of this configuration has to be running. Two orders are made: one is paid by VietQR's simulation (sandbox only),
the other by you, from the code on the screen, so that VietQR reports a balance change. Nothing is charged by this command
itself; in production you pay real money to the terminal's own account.

It ends with 0 when every step that applies was passed, with 1 when one was not.`

export function addAcceptance(program: Command): void {
  program
    .command('acceptance')
    .description("walk VietQR's go-live steps with a configured gateway and print the report")
    .requiredOption('--gateway <file>', 'the gateway.yaml of the running gateway')
    .option('--terminal <code>', 'the point of sale to use, where there are several')
    .option('--amount <n>', 'whole đồng of each of the two orders', amountArgument, vnd(2000))
    .option(
      '--wait <time>',
      'how long the second order waits to be paid, such as 5m; 0 leaves it out',
      waitingTime,
      300_000,
    )
    .option('--report <file>', 'write the report there, too')
    .option('--json', 'print the report as one JSON value')
    .addHelpText('after', MORE)
    .action(async (options: AcceptanceCommandOptions) => {
      const { runAcceptance } = await import('../run-acceptance.ts')
      await runAcceptance(options)
    })
}
