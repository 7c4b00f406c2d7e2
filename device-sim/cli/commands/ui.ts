import type { Command } from 'commander'
import { port } from '../options.ts'

/** `vietqr-sim ui` as it was typed. */
export interface UiOptions {
  readonly port: number
}

const MORE = `
A simulated VietQR, a gateway and one device of every native kind are started for it, on loopback. When the page can be opened
it prints one JSON line, {"ready":true,"page","control"}; at the control port faults are set while it runs. It ends at SIGINT or
SIGTERM, and nothing of it is kept.`

export function addUi(program: Command): void {
  program
    .command('ui')
    .description('virtual boxes and a paying phone in the browser')
    .option('--port <port>', 'where the page is served on loopback; 0 takes a free one', port, 0)
    .addHelpText('after', MORE)
    .action(async (options: UiOptions) => {
      const { runUi } = await import('../run-ui.ts')
      await runUi(options)
    })
}
