import type { Command } from 'commander'
import { globalsOf } from '../output.ts'

export function addRun(run: Command): void {
  run.action(async (_options: object, command: Command) => {
    const { serve } = await import('../serve.ts')
    await serve(globalsOf(command))
  })
}
