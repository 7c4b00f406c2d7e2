import { resolve } from 'node:path'
import type { Command } from 'commander'
import { globalsOf } from '../output.ts'

export function addSandbox(sandbox: Command): void {
  sandbox
    .option('--once', 'walk one payment of every kind through it, say what happened and end')
    .option('--data-dir <dir>', 'where to keep its data (default: a temporary folder)')
    .action(async (options: { readonly once?: boolean; readonly dataDir?: string }, command: Command) => {
      const { runSandbox } = await import('../../sandbox/sandbox.ts')
      const { json, quiet } = globalsOf(command)
      process.exitCode = await runSandbox({
        once: options.once ?? false,
        json: json ?? false,
        quiet: quiet ?? false,
        dataDir: options.dataDir === undefined ? undefined : resolve(options.dataDir),
      })
    })
}
