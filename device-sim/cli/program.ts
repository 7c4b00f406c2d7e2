import { Command } from 'commander'
import { addAcceptance } from './commands/acceptance.ts'
import { addDevice } from './commands/device.ts'
import { addFleet } from './commands/fleet.ts'
import { addHost } from './commands/host.ts'
import { addScenario } from './commands/scenario.ts'
import { addUi } from './commands/ui.ts'

/** The whole command line. Only words are loaded here; what a command does is imported when it is called. */
export function buildProgram(): Command {
  const program = new Command('vietqr-sim')
    .description('Plays VietQR and the devices of a shop, for trying out a gateway.')
    .helpOption('-h, --help', 'print this help')
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'vietqr-sim: ')) })
    .exitOverride()
  for (const add of [addHost, addDevice, addFleet, addScenario, addAcceptance, addUi]) add(program)
  for (const command of [program, ...program.commands]) {
    const path = command === program ? program.name() : `${program.name()} ${command.name()}`
    command.showHelpAfterError(`"${path} --help" shows how it is used`)
  }
  return program
}
