import type { Command } from 'commander'
import { globalsOf } from '../output.ts'

export function addRun(program: Command): void {
  program
    .command('run')
    .description('run the gateway until SIGINT or SIGTERM; its log goes to stderr')
    .action(async (_options: object, command: Command) => {
      const { serve } = await import('../serve.ts')
      await serve(globalsOf(command))
    })
}
