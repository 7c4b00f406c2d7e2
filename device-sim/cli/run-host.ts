import { SAMPLE_ACCOUNTS } from '../host/accounts.ts'
import { ControlServer } from '../host/control.ts'
import { type HostBrokerChoice, SimulatedHost } from '../host/simulated-host.ts'
import { readAccounts } from './accounts-file.ts'
import type { HostOptions } from './commands/host.ts'
import { usage } from './failure.ts'
import { faultsIn } from './fault-options.ts'
import { type HostTls, makeHostTls } from './host-certificate.ts'
import { readPassword, readPem, readSecretFile } from './options.ts'
import { untilStopped } from './until-stopped.ts'

/** Plays the host until the process is asked to stop. @throws SimFailure, or Error when it cannot be started */
export async function runHost(options: HostOptions): Promise<void> {
  refuseWhatDoesNotFit(options)
  const { build, seed } = options
  const accounts = options.accounts === undefined ? SAMPLE_ACCOUNTS : readAccounts(options.accounts)
  const boxKey = options.boxKeyFile === undefined ? undefined : readSecretFile('--box-key-file', options.boxKeyFile)
  // Heard from here on, so that a stop during the start is not lost.
  const stopped = untilStopped()
  const open: (() => Promise<void>)[] = []
  try {
    const tls = isTls(options) ? await tlsOf(options, open) : undefined
    const broker = brokerOf(options, tls)
    const host = new SimulatedHost({ broker, accounts, build, boxKey, seed, faults: faultsIn(options) })
    await host.start()
    open.push(() => host.stop())
    const control = new ControlServer(host, options.control)
    const controlUrl = await control.start()
    open.push(() => control.stop())
    const ready = { ready: true, url: host.url, control: controlUrl, build, accounts, ca: tls?.caFile }
    process.stdout.write(`${JSON.stringify(ready)}\n`)
    await stopped
  } finally {
    for (const close of open.reverse()) await close()
  }
}

function refuseWhatDoesNotFit(options: HostOptions): void {
  const { broker, tls, cert, key, ca, username, passwordFile, certificate } = options
  const own = { '--port': options.port, '--tls': tls, '--cert': cert, '--key': key, '--certificate': certificate }
  const alone = Object.entries(own).find(([, value]) => broker !== undefined && value !== undefined)
  if (alone !== undefined) throw usage(`${alone[0]} is for a broker of its own; leave it out, or leave out --broker`)
  if (ca !== undefined && broker === undefined) throw usage('--ca goes with --broker; for its own broker it is --cert')
  if ((cert === undefined) !== (key === undefined)) throw usage('--cert and --key go together')
  if (cert !== undefined && certificate !== undefined)
    throw usage('--certificate makes one; leave out --cert and --key')
  if (cert !== undefined && tls !== true) throw usage('--cert and --key go with --tls')
  if (passwordFile !== undefined && username === undefined) throw usage('--password-file goes with --username')
}

/** A certificate is shown with TLS only, so that asking for one asks for the other. */
function isTls({ tls, certificate }: HostOptions): boolean {
  return tls === true || certificate !== undefined
}

function brokerOf(options: HostOptions, tls: HostTls | undefined): HostBrokerChoice {
  const { broker, username, passwordFile, ca, port = 0 } = options
  const password = passwordFile === undefined ? undefined : readPassword(passwordFile)
  if (broker === undefined) return { kind: 'embedded', port, tls, username, password }
  return { kind: 'attached', url: broker, username, password, ca: ca === undefined ? undefined : readPem('--ca', ca) }
}

/** The given certificate, or a new one of a new authority, which is gone when the host stops. */
async function tlsOf({ cert, key, certificate }: HostOptions, open: (() => Promise<void>)[]): Promise<HostTls> {
  if (cert !== undefined && key !== undefined) return { cert: readPem('--cert', cert), key: readPem('--key', key) }
  return makeHostTls(certificate ?? 'good', open)
}
