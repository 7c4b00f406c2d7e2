import { Argument, type Command } from 'commander'
import { DEVICE_KINDS } from '../../../protocol/local/topics.ts'
import { BOX_KINDS, isBoxKind } from '../../../protocol/vietqr/box-kinds.ts'
import type { Said } from '../answers.ts'
import { call, outputOf } from '../call.ts'
import { cardInWords } from '../card-words.ts'
import { LiveLine } from '../live-line.ts'
import { durationArgument } from '../options.ts'
import { globalsOf } from '../output.ts'
import { pairBox } from './pair-box.ts'

interface PairOptions {
  readonly terminal?: string
  readonly mac?: string
  readonly id?: string
  readonly name?: string
  readonly counter?: string
  readonly wait?: number | true
}

const DEFAULT_WAIT_MS = 120_000

/** The commands that show credentials. */
export function addPair(devices: Command): void {
  devices
    .command('pair')
    .description('register a device and print its credentials, once')
    .addArgument(new Argument('<kind>', 'what it is').choices([...DEVICE_KINDS, ...BOX_KINDS]))
    .option('--terminal <code>', 'the point of sale it belongs to; a VietQR box gets its own from VietQR')
    .option('--mac <mac>', 'of a VietQR box, as it is written on it')
    .option('--id <id>', 'its id: 1 to 32 of a-z, 0-9 and - (default: made up)')
    .option('--name <name>', 'what people call it')
    .option('--counter <text>', 'the counter it stands at, at most 8 bytes')
    .option(
      '--wait [duration]',
      'stay until it is online and has passed a test, or a VietQR box is activated (default: 120s)',
      durationArgument,
    )
    .action(pair)
  devices
    .command('rotate')
    .description('give a device new credentials and print them, once; the old ones are worth nothing from then on')
    .argument('<id>', 'its id')
    .action(async (id: string, _options: object, command: Command) => {
      const output = outputOf(command)
      const card = await call(command, 'devices rotate', { id })
      const { drawQrWithin } = await import('../qr.ts')
      output.answer(card, () => cardInWords(card, text => drawQrWithin(text, output.width)))
    })
}

async function pair(kind: string, options: PairOptions, command: Command): Promise<void> {
  if (isBoxKind(kind)) return pairBox(kind, options, command)
  if (options.mac !== undefined) command.error(`error: --mac is for VietQR's own boxes, and a ${kind} is none`)
  if (options.terminal === undefined) {
    command.error(`error: a ${kind} needs --terminal, the point of sale it belongs to`)
  }
  const output = outputOf(command)
  const { drawQrWithin } = await import('../qr.ts')
  const { terminal, id, name, counter, wait } = options
  const waitMs = wait === true ? DEFAULT_WAIT_MS : wait
  const line = new LiveLine(globalsOf(command).quiet ?? false)
  let isShown = false
  const show = (card: Parameters<typeof cardInWords>[0]): void => {
    if (isShown) return
    isShown = true
    output.answer(card, () => cardInWords(card, text => drawQrWithin(text, output.width)))
  }
  const told = (said: Said<'devices pair'>): void => {
    if ('card' in said) show(said.card)
    else line.say(WAITING[said.waitingFor])
  }
  try {
    const card = await call(command, 'devices pair', { kind, terminal, id, name, counter, waitMs }, told)
    line.end()
    show(card)
    if (waitMs !== undefined) output.note(`device ${card.deviceId} is online and has passed its test`)
  } finally {
    line.end()
  }
}

const WAITING = {
  connection: 'waiting for the device to connect',
  answer: 'connected, waiting for its answer to the test',
} as const
