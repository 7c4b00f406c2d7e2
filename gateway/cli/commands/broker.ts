import { resolve } from 'node:path'
import type { Command } from 'commander'
import { call, outputOf } from '../call.ts'

export function addBroker(broker: Command): void {
  broker
    .command('export')
    .description('write the password and access files of mosquitto.conf; a running gateway keeps them current')
    .argument('<dir>', 'the folder Mosquitto reads them from')
    .action(async (directory: string, _options: object, command: Command) => {
      const output = outputOf(command)
      const written = await call(command, 'broker export', { directory: resolve(directory) })
      const { passwords, access, devices, changed, reloaded, warnings } = written
      const news = changed ? 'written' : 'unchanged'
      const told = reloaded ? '; Mosquitto was told to read them' : ''
      output.done(written, `${passwords} and ${access} ${news}: ${devices} devices can log in${told}`)
      for (const warning of warnings) output.note(`warning: ${warning}`)
    })
}
