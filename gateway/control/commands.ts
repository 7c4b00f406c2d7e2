import { backupCommands } from './backup-command.ts'
import { brokerCommands } from './broker-commands.ts'
import type { Command } from './command.ts'
import { deviceCommands } from './device-commands.ts'
import { orderCommands } from './order-commands.ts'
import { recordCommands } from './record-commands.ts'
import { terminalCommands } from './terminal-commands.ts'

/** Every command by its name on the command line. */
export const COMMANDS: Readonly<Record<string, Command>> = {
  ...terminalCommands,
  ...deviceCommands,
  ...orderCommands,
  ...recordCommands,
  ...backupCommands,
  ...brokerCommands,
}
