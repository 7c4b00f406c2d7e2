import { type Command, InvalidArgumentError } from 'commander'
import { brokerUrl, milliseconds, passwordFileOption, port } from '../options.ts'

/** `vietqr-sim host` as it was typed. */
export interface HostOptions {
  readonly port?: number
  readonly tls?: boolean
  readonly cert?: string
  readonly key?: string
  readonly broker?: string
  readonly username?: string
  readonly passwordFile?: string
  readonly ca?: string
  readonly build: 5
  readonly accounts?: string
  readonly control: number
  readonly storeDelay?: number
  readonly bankDelay?: number
  readonly seed?: number
}

const MORE = `
When it is ready it prints one JSON line, {"ready":true,"url","control","accounts","ca"?}, and then nothing more until
SIGINT or SIGTERM. People pay over the control port, on loopback:

  GET  /orders         every code made so far; ?open=true only the unpaid
  GET  /accounts       the accounts VietQR knows
  POST /pay            {"orderId"|"content"|"qrCode", "amount"?, "terminalCode"?}
  POST /pay-unmatched  {"bankAccount", "amount", "content"?, "terminalCode"?}

The accounts file is a list, YAML or JSON:

  - { kind: mms, bankAccount: "9990000001", bankCode: MB, userBankName: NGUYEN VAN THU }
  - { kind: plain, bankAccount: "9990000002", bankCode: MB, userBankName: TRAN THI NGHIEM }

mms: the bank's merchant service, which tells VietQR of payments, so that balance changes come. plain: nothing is told, a
lookup finds the payment. These two accounts are the ones without a file.`

export function addHost(program: Command): void {
  program
    .command('host')
    .description('a broker with the behaviour of VietQR')
    .option('--port <port>', 'where its own broker listens on loopback; 0 takes a free one (default: 0)', port)
    .option('--tls', 'speak MQTTS; without --cert and --key it makes an authority and a certificate of its own')
    .option('--cert <file>', 'the certificate of its broker, PEM')
    .option('--key <file>', 'the key of the certificate, PEM')
    .option('--broker <url>', 'use the broker at this address instead of one of its own', brokerUrl)
    .option('--username <name>', 'the login: of its own broker for all clients, or its own at --broker')
    .addOption(passwordFileOption())
    .option('--ca <file>', 'the authority to trust at --broker, PEM')
    .option('--build <n>', "the state of VietQR's server to play; 5, the newest, is the only one", build, 5)
    .option('--accounts <file>', 'the accounts VietQR knows')
    .option('--control <port>', 'the control port; 0 takes a free one', port, 0)
    .option(
      '--store-delay <ms>',
      'from the answer of a plain account until its order is stored (default: 20)',
      milliseconds,
    )
    .option('--bank-delay <ms>', 'what the bank takes for each code of its merchant service (default: 0)', milliseconds)
    .option('--seed <n>', 'the same tokens, ids and references in every run', seed)
    .addHelpText('after', MORE)
    .action(async (options: HostOptions) => {
      const { runHost } = await import('../run-host.ts')
      await runHost(options)
    })
}

function build(text: string): 5 {
  if (text === '5') return 5
  if (text === '3' || text === '4') {
    throw new InvalidArgumentError(`Build ${text} is not played; only build 5, the newest, is.`)
  }
  throw new InvalidArgumentError('It must be 5, the newest build of the server.')
}

function seed(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It must be a whole number of at most nine digits.')
  return Number(text)
}
