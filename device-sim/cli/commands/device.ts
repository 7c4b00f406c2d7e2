import { Argument, type Command, InvalidArgumentError } from 'commander'
import { isDeviceId } from '../../../protocol/ids.ts'
import { DEVICE_KINDS, type DeviceKind } from '../../../protocol/local/topics.ts'
import { brokerUrl, passwordFileOption } from '../options.ts'

/** `vietqr-sim device` as it was typed. */
export interface DeviceOptions {
  readonly url: string
  readonly id: string
  readonly passwordFile: string
  readonly ca?: string
  readonly memory?: string
}

const MORE = `
It prints what a person in the shop would notice, one JSON line each: {"effect":"screen"|"speak"|"call"|"dispense", …,
"at"}, and {"effect":"ack", …} for each of its acknowledgements. Trouble with the link goes to stderr. It ends at SIGINT or
SIGTERM.

Keys are pressed by lines on its standard input:

  paybox, vending, pos   order AMOUNT [ITEM]
                         cancel [ORDER]
                         lookup [ORDER]
                         lookup reference REFERENCE
                         simulate [ORDER]
  countercall            next | recall | serve | skip | pause | resume, each with [COUNTER [TICKET]]

Without ORDER it is the one on the screen.`

export function addDevice(program: Command): void {
  program
    .command('device')
    .description('one device of a shop')
    .addArgument(new Argument('<kind>', 'what it is').choices(DEVICE_KINDS))
    .requiredOption('--url <url>', 'the broker of the gateway', brokerUrl)
    .requiredOption('--id <id>', 'its deviceId', deviceId)
    .addOption(passwordFileOption().makeOptionMandatory())
    .option('--ca <file>', "the gateway's authority, PEM, for mqtts")
    .option('--memory <file>', 'keeps the ids it has seen over a loss of power, as a vending machine does')
    .addHelpText('after', MORE)
    .action(async (kind: DeviceKind, options: DeviceOptions) => {
      const { runDevice } = await import('../run-device.ts')
      await runDevice(kind, options)
    })
}

function deviceId(text: string): string {
  if (isDeviceId(text)) return text
  throw new InvalidArgumentError('It must be 1 to 32 of a-z, 0-9 and -.')
}
