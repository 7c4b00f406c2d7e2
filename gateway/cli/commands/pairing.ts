import type { Command } from 'commander'
import { call, outputOf } from '../call.ts'
import { durationArgument } from '../options.ts'
import { details, moment } from '../text.ts'

const DEFAULT_FOR_MS = 120_000

interface ConfirmOptions {
  readonly terminal?: string
  readonly id?: string
  readonly name?: string
  readonly counter?: string
  readonly serial?: string
}

export function addPairing(pairing: Command): void {
  pairing
    .command('open')
    .description('show a code a device may ask with, once; ends the window before')
    .option('--for <duration>', 'how long, 10s to 15m', durationArgument, DEFAULT_FOR_MS)
    .option('--terminal <code>', 'the point of sale the device will belong to')
    .action(async (options: { for: number; terminal?: string }, command: Command) => {
      const opened = await call(command, 'pairing open', { forMs: options.for, terminal: options.terminal })
      const { code, expiresAt } = opened
      outputOf(command).answer(opened, () =>
        details([
          ['code', `${code.slice(0, 4)} ${code.slice(4)}`],
          ['until', moment(expiresAt)],
          ['then', `compare the serial: pairing show; and say yes: pairing confirm ${code}`],
        ]),
      )
    })
  pairing
    .command('show')
    .description('the open window: who has asked')
    .action(async (_options: object, command: Command) => {
      const window = await call(command, 'pairing show', {})
      const shown = { ...window, expiresAt: moment(window.expiresAt) }
      outputOf(command).answer(window, () => details(Object.entries(shown)))
    })
  pairing
    .command('confirm')
    .description('give the device that asked with this code its credentials')
    .argument('<code>', 'what "pairing open" showed')
    .option('--terminal <code>', 'the point of sale it belongs to (default: the one of "pairing open")')
    .option('--id <id>', 'its id: 1 to 32 of a-z, 0-9 and - (default: made up)')
    .option('--name <name>', 'what people call it')
    .option('--counter <text>', 'the counter it stands at, at most 8 bytes')
    .option('--serial <text>', 'pair it only if this is the serial it asked with')
    .action(async (code: string, options: ConfirmOptions, command: Command) => {
      const paired = await call(command, 'pairing confirm', { code, ...options })
      const { serial, kind, address, deviceId, terminalCode, expiresAt } = paired
      outputOf(command).answer(paired, () =>
        details([
          ['serial', serial],
          ['kind', kind],
          ['asked from', address],
          ['device', deviceId],
          ['terminal', terminalCode],
          ['must connect until', moment(expiresAt)],
        ]),
      )
    })
}
