import { Argument, type Command } from 'commander'
import { DEVICE_KINDS } from '../../../protocol/local/topics.ts'
import type { DeviceView } from '../../control/views.ts'
import type { Answers } from '../answers.ts'
import { call, outputOf } from '../call.ts'
import { type ListOptions, limitOption, percentArgument } from '../options.ts'
import type { Column } from '../table.ts'
import { details, moment } from '../text.ts'

interface PairOptions {
  readonly terminal: string
  readonly id?: string
  readonly name?: string
  readonly counter?: string
}

export function addDevices(program: Command): void {
  const devices = program.command('devices').description('the boxes in the shop')
  devices
    .command('pair')
    .description('register a device and print its credentials, once')
    .addArgument(new Argument('<kind>', 'what it is').choices(DEVICE_KINDS))
    .requiredOption('--terminal <code>', 'the point of sale it belongs to')
    .option('--id <id>', 'its id: 1 to 32 of a-z, 0-9 and - (default: made up)')
    .option('--name <name>', 'what people call it')
    .option('--counter <text>', 'the counter it stands at, at most 8 bytes')
    .action(async (kind: string, { terminal, id, name, counter }: PairOptions, command: Command) => {
      const output = outputOf(command)
      const card = await call(command, 'devices pair', { kind, terminal, id, name, counter })
      const { drawQrWithin } = await import('../qr.ts')
      output.answer(card, () => `${inWords(card)}\n\n${drawQrWithin(card.provisioningUri, output.width)}\n\n${ONCE}`)
    })
  devices
    .command('list')
    .description('all devices')
    .addOption(limitOption())
    .action(async ({ limit }: ListOptions, command: Command) => {
      const found = await call(command, 'devices list', { limit })
      outputOf(command).list(found, COLUMNS, 'no devices yet; "devices pair" registers one')
    })
  devices
    .command('show')
    .description('one device')
    .argument('<id>', 'its id')
    .action(async (id: string, _options: object, command: Command) => {
      const device = await call(command, 'devices show', { id })
      outputOf(command).answer(device, () =>
        details(Object.entries({ ...device, lastSeenAt: moment(device.lastSeenAt) })),
      )
    })
  devices
    .command('set')
    .description('how loud, in which language and how bright it is; told to it at once, or at its return')
    .argument('<id>', 'its id')
    .option('--volume <percent>', '0 to 100', percentArgument)
    .option('--language <vi|en>', 'what a soundbox or a counter call speaks')
    .option('--brightness <percent>', '0 to 100', percentArgument)
    .action(async (id: string, settings: object, command: Command) => {
      const set = await call(command, 'devices set', { id, ...settings })
      outputOf(command).done(set, `device ${id} set`)
    })
  devices
    .command('remove')
    .description('forget a device; its credentials are worth nothing from then on')
    .argument('<id>', 'its id')
    .action(async (id: string, _options: object, command: Command) => {
      const removed = await call(command, 'devices remove', { id })
      outputOf(command).done(removed, `device ${id} removed`)
    })
}

const ONCE =
  'These credentials are shown once and cannot be shown again: give them to the device now.\nIf they are lost, remove the device and pair it again.'

function inWords(card: Answers['devices pair']): string {
  return details([
    ['device', card.deviceId],
    ['kind', card.kind],
    ['terminal', card.terminalCode],
    ['username', card.username],
    ['password', card.password],
    ['urls', card.urls.join(', ')],
    ['root', card.root],
    ['caFingerprint', card.caFingerprint],
    ['provisioningUri', card.provisioningUri],
  ])
}

const COLUMNS: readonly Column<DeviceView>[] = [
  { title: 'DEVICE', value: ({ deviceId }) => deviceId },
  { title: 'KIND', value: ({ kind }) => kind },
  { title: 'NAME', value: ({ name }) => name, spare: 2, free: true },
  { title: 'TERMINAL', value: ({ terminalCode }) => terminalCode, spare: 1 },
  { title: 'COUNTER', value: ({ counter }) => counter ?? '-', spare: 3 },
  { title: 'ONLINE', value: ({ online }) => (online ? 'yes' : 'no') },
  { title: 'LAST SEEN', value: ({ lastSeenAt }) => moment(lastSeenAt), spare: 4 },
]
