import { Argument, type Command, InvalidArgumentError, Option } from 'commander'
import { isDeviceId } from '../../../protocol/ids.ts'
import { KNOBS } from '../../devices/knobs.ts'
import { SIMULATED_KINDS, type SimulatedKind } from '../../devices/quirks.ts'
import { HABITS, type Habit } from '../../people/person.ts'
import { brokerUrl, passwordFileOption } from '../options.ts'

/** `vietqr-sim device` as it was typed. */
export interface DeviceOptions {
  readonly url: string
  readonly id?: string
  readonly passwordFile?: string
  readonly credentials?: string
  readonly pairCode?: string
  readonly serial?: string
  readonly ca?: string
  readonly memory?: string
  readonly mac?: string
  readonly boxKeyFile?: string
  readonly username: string
  readonly internet: boolean
  readonly variant?: 'morefun' | 'eg800ak'
  readonly productKey?: string
  readonly audio?: string
  readonly person?: Habit
  readonly control?: string
  readonly seed: number
  /** The quirk switches, by name. */
  readonly knobs: Readonly<Record<string, string | true>>
}

const MORE = `
It prints what a person in the shop would notice, one JSON line each: {"effect":"screen"|"speak"|"call"|"pulse"|"dispense",
…,"at"}, and {"effect":"ack", …} for each of its acknowledgements. Trouble with the link goes to stderr. It ends at SIGINT or
SIGTERM.

Keys are pressed by lines on its standard input:

  paybox, vending, pos   order AMOUNT [ITEM]
                         cancel [ORDER]
                         lookup [ORDER]
                         lookup reference REFERENCE
                         simulate [ORDER]
  countercall            next | recall | serve | skip | pause | resume, each with [COUNTER [TICKET]]
  vietqr-vending         order AMOUNT | cancel | cash PULSES
  with --person          choose AMOUNT [ANOTHER], ANOTHER for one who presses another
  any                    off | on, as if the plug were pulled and put back

Without ORDER it is the one on the screen.`

export function addDevice(program: Command): void {
  const command = program
    .command('device')
    .description('one device of a shop')
    .addArgument(new Argument('<kind>', 'what it is').choices(SIMULATED_KINDS))
    .requiredOption('--url <url>', 'the broker of the gateway', brokerUrl)
    .option('--id <id>', 'its deviceId', deviceId)
    .addOption(passwordFileOption())
    .option('--credentials <file>', 'where a device that was paired with a code keeps its id and password')
    .option('--pair-code <code>', 'asks for them first, with what "pairing open" showed')
    .option('--serial <text>', 'the serial it asks with')
    .option('--ca <file>', "the gateway's authority, PEM, for mqtts")
    .option('--mac <mac>', "a box's own, AA:BB:CC:DD:EE:FF", macAddress)
    .option(
      '--box-key-file <file>',
      'the key of the checksum by which a box asks who it is; only its owner may read the file',
    )
    .option('--username <name>', 'the login burnt into all boxes', 'box')
    .option('--no-internet', 'the voice of a vietqr-box cannot be reached')
    .addOption(
      new Option(
        '--variant <vendor>',
        "a soundbox with its vendor's own messages, which the gateway does not send",
      ).choices(['morefun', 'eg800ak']),
    )
    .option('--product-key <key>', "the level before the serial in the topic of MoreFun's own cloud")
    .option('--audio <file>', 'what is spoken as sound, WAV; needs espeak-ng')
    .addOption(new Option('--person <habit>', 'a customer in front of it, who pays over --control').choices(HABITS))
    .option('--control <url>', 'the control port of vietqr-sim host, where the person pays', controlUrl)
    .option('--seed <n>', 'makes the person the same in every run', seed, 1)
    .option('--memory <file>', 'keeps the ids it has seen over a loss of power, as a vending machine does')
  const options = KNOBS.flatMap(({ number, title, switches }) =>
    switches.map(({ name, value, words }) => {
      const option = new Option(value === null ? `--${name}` : `--${name} <${value}>`, words)
      return { name, option: option.helpGroup(`Quirk ${number}, ${title.charAt(0).toLowerCase()}${title.slice(1)}:`) }
    }),
  )
  for (const { option } of options) command.addOption(option)
  command.addHelpText('after', MORE).action(async (kind: SimulatedKind, typed: Record<string, unknown>) => {
    const { runDevice } = await import('../run-device.ts')
    const knobs: Record<string, string | true> = {}
    for (const { name, option } of options) {
      const value = typed[option.attributeName()]
      if (typeof value === 'string' || value === true) knobs[name] = value
    }
    await runDevice(kind, { ...command.opts<Omit<DeviceOptions, 'knobs'>>(), knobs })
  })
}

function deviceId(text: string): string {
  if (isDeviceId(text)) return text
  throw new InvalidArgumentError('It must be 1 to 32 of a-z, 0-9 and -.')
}

function macAddress(text: string): string {
  if (/^([0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}$/.test(text)) return text.toUpperCase()
  throw new InvalidArgumentError('It must be six pairs of hex digits with colons, such as AA:BB:CC:DD:EE:FF.')
}

function controlUrl(text: string): string {
  if (/^http:\/\/(127\.0\.0\.1|localhost|\[::1\]):\d{1,5}\/?$/.test(text)) return text
  throw new InvalidArgumentError('It should look like http://127.0.0.1:8090, as the host prints it.')
}

function seed(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It must be a whole number of at most nine digits.')
}
