import { type Command, InvalidArgumentError, Option } from 'commander'
import { BUILDS, type Build } from '../../host/builds.ts'
import type { FaultValues } from '../../host/faults.ts'
import { addFaultOptions } from '../fault-options.ts'
import { brokerUrl, passwordFileOption, port } from '../options.ts'

/** What can be wrong with the certificate a host shows. */
const CERTIFICATES = ['good', 'expired', 'wrong-name', 'self-signed'] as const

/** `vietqr-sim host` as it was typed. */
export interface HostOptions extends Partial<FaultValues> {
  readonly port?: number
  readonly tls?: boolean
  readonly certificate?: (typeof CERTIFICATES)[number]
  readonly cert?: string
  readonly key?: string
  readonly broker?: string
  readonly username?: string
  readonly passwordFile?: string
  readonly ca?: string
  readonly build: Build
  readonly accounts?: string
  readonly boxKeyFile?: string
  readonly control: number
  readonly seed?: number
}

const MORE = `
When it is ready it prints one JSON line, {"ready":true,"url","control","build","accounts","ca"?}, and then nothing more until
SIGINT or SIGTERM. People pay over the control port, on loopback, which also sets every fault while it runs and says what was
sent and received. GET / of it lists what can be asked:

  GET  /orders         every code made so far; ?open=true only those to pay
  POST /pay            {"orderId"|"content"|"qrCode", "amount"?, "terminalCode"?}
  POST /pay-unmatched  {"bankAccount", "amount", "content"?, "terminalCode"?}
  PUT  /faults         {"unanswered": 0.2}
  GET  /log            what was received, answered, told and paid

The accounts file is a list, YAML or JSON:

  - { kind: mms, bankAccount: "9990000001", bankCode: MB, userBankName: NGUYEN VAN THU }
  - { kind: plain, bankAccount: "9990000002", bankCode: MB, userBankName: TRAN THI NGHIEM }
  - { kind: bidv, bankAccount: "9990000003", bankCode: BIDV, userBankName: LE VAN MAU }
  - { kind: other, bankAccount: "9990000004", bankCode: VCB, userBankName: PHAM THI THU }
  - { kind: unknown, bankAccount: "9990000005", bankCode: MB, userBankName: DO VAN LA }

mms: the bank's merchant service, which tells VietQR of payments, so that balance changes come. plain and bidv: nothing is
told, a lookup finds the payment. other: VietQR makes codes and never hears of the money. unknown: VietQR does not know it.
The first two accounts are the ones without a file.`

export function addHost(program: Command): void {
  const command = program
    .command('host')
    .description('a broker with the behaviour of VietQR')
    .option('--port <port>', 'where its own broker listens on loopback; 0 takes a free one (default: 0)', port)
    .option('--tls', 'speak MQTTS; without --cert and --key it makes an authority and a certificate of its own')
    .addOption(new Option('--certificate <kind>', 'what is wrong with the one it makes').choices(CERTIFICATES))
    .option('--cert <file>', 'the certificate of its broker, PEM')
    .option('--key <file>', 'the key of the certificate, PEM')
    .option('--broker <url>', 'use the broker at this address instead of one of its own', brokerUrl)
    .option('--username <name>', 'the login: of its own broker for all clients, or its own at --broker')
    .addOption(passwordFileOption())
    .option('--ca <file>', 'the authority to trust at --broker, PEM')
    .option('--build <n>', "the state of VietQR's server to play: 3, 4 or 5, the newest", build, 5)
    .option('--accounts <file>', 'the accounts there are')
    .option('--box-key-file <file>', "the key VietQR's boxes and its server share (default: an invented one)")
    .option('--control <port>', 'the control port; 0 takes a free one', port, 0)
    .option('--seed <n>', 'the same tokens, ids, references and chances in every run', seed)
  addFaultOptions(command)
  command.addHelpText('after', MORE).action(async (options: HostOptions) => {
    const { runHost } = await import('../run-host.ts')
    await runHost(options)
  })
}

function build(text: string): Build {
  const known = BUILDS.find(number => String(number) === text)
  if (known !== undefined) return known
  throw new InvalidArgumentError('It must be 3, 4 or 5, the newest build of the server.')
}

function seed(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It must be a whole number of at most nine digits.')
  return Number(text)
}
