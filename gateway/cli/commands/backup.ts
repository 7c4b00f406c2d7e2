import { resolve } from 'node:path'
import type { Command } from 'commander'
import { call, outputOf } from '../call.ts'

export function addBackup(backup: Command): void {
  backup
    .argument('<file>', 'the file to write; never one that exists')
    .action(async (file: string, _options: object, command: Command) => {
      const backup = await call(command, 'backup', { file: resolve(file) })
      const { bytes, payments, orders } = backup
      outputOf(command).done(backup, `${backup.file} written: ${bytes} bytes, ${payments} payments, ${orders} orders`)
    })
}
