import type { Command } from 'commander'
import { outputOf } from '../call.ts'
import { globalsOf } from '../output.ts'

export function addInit(init: Command): void {
  init.action(async (_options: object, command: Command) => {
    const { writeExample } = await import('../write-example.ts')
    const file = writeExample(globalsOf(command).config)
    const next = 'set site and host.url in it, then run "vietqr-gateway config check"'
    outputOf(command).done({ config: file }, `wrote ${file}; ${next}`)
  })
}
