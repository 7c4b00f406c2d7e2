import { applyCommands } from './apply-commands.ts'
import { auditCommands } from './audit-commands.ts'
import { backupCommands } from './backup-command.ts'
import { boxCommands } from './box-commands.ts'
import { brokerCommands } from './broker-commands.ts'
import type { Command } from './command.ts'
import { deviceCommands } from './device-commands.ts'
import { orderCommands } from './order-commands.ts'
import { pairingCommands } from './pairing-commands.ts'
import { pairingWindowCommands } from './pairing-window-commands.ts'
import { recordCommands } from './record-commands.ts'
import { terminalCommands } from './terminal-commands.ts'
import { traceCommands } from './trace-command.ts'

/** Every command by its name on the command line. */
export const COMMANDS: Readonly<Record<string, Command>> = {
  ...terminalCommands,
  ...deviceCommands,
  ...boxCommands,
  ...pairingCommands,
  ...pairingWindowCommands,
  ...applyCommands,
  ...orderCommands,
  ...recordCommands,
  ...traceCommands,
  ...backupCommands,
  ...brokerCommands,
  ...auditCommands,
}
