import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ensurePki } from '../../gateway/broker/pki.ts'
import { SAMPLE_ACCOUNTS } from '../host/accounts.ts'
import { ControlServer } from '../host/control.ts'
import { type HostBrokerChoice, SimulatedHost } from '../host/simulated-host.ts'
import { readAccounts } from './accounts-file.ts'
import type { HostOptions } from './commands/host.ts'
import { usage } from './failure.ts'
import { readPassword, readPem } from './options.ts'
import { untilStopped } from './until-stopped.ts'

type Tls = { readonly cert: string; readonly key: string; readonly caFile?: string }

/** Plays the host until the process is asked to stop. @throws SimFailure, or Error when it cannot be started */
export async function runHost(options: HostOptions): Promise<void> {
  refuseWhatDoesNotFit(options)
  const accounts = options.accounts === undefined ? SAMPLE_ACCOUNTS : readAccounts(options.accounts)
  // Heard from here on, so that a stop during the start is not lost.
  const stopped = untilStopped()
  const open: (() => Promise<void>)[] = []
  try {
    const tls = options.tls === true ? await tlsOf(options, open) : undefined
    const host = new SimulatedHost({
      broker: brokerOf(options, tls),
      accounts,
      build: options.build,
      storeDelayMs: options.storeDelay,
      bankDelayMs: options.bankDelay,
      seed: options.seed,
    })
    await host.start()
    open.push(() => host.stop())
    const control = new ControlServer(host, options.control)
    const controlUrl = await control.start()
    open.push(() => control.stop())
    const ready = { ready: true, url: host.url, control: controlUrl, accounts, ca: tls?.caFile }
    process.stdout.write(`${JSON.stringify(ready)}\n`)
    await stopped
  } finally {
    for (const close of open.reverse()) await close()
  }
}

function refuseWhatDoesNotFit(options: HostOptions): void {
  const { broker, tls, cert, key, ca, username, passwordFile } = options
  const own = { '--port': options.port, '--tls': tls, '--cert': cert, '--key': key }
  const alone = Object.entries(own).find(([, value]) => broker !== undefined && value !== undefined)
  if (alone !== undefined) throw usage(`${alone[0]} is for a broker of its own; leave it out, or leave out --broker`)
  if (ca !== undefined && broker === undefined) throw usage('--ca goes with --broker; for its own broker it is --cert')
  if ((cert === undefined) !== (key === undefined)) throw usage('--cert and --key go together')
  if (cert !== undefined && tls !== true) throw usage('--cert and --key go with --tls')
  if (passwordFile !== undefined && username === undefined) throw usage('--password-file goes with --username')
}

function brokerOf(options: HostOptions, tls: Tls | undefined): HostBrokerChoice {
  const { broker, username, passwordFile, ca, port = 0 } = options
  const password = passwordFile === undefined ? undefined : readPassword(passwordFile)
  if (broker === undefined) return { kind: 'embedded', port, tls, username, password }
  return { kind: 'attached', url: broker, username, password, ca: ca === undefined ? undefined : readPem('--ca', ca) }
}

/** The given certificate, or a new one of a new authority, which is gone when the host stops. */
async function tlsOf({ cert, key }: HostOptions, open: (() => Promise<void>)[]): Promise<Tls> {
  if (cert !== undefined && key !== undefined) return { cert: readPem('--cert', cert), key: readPem('--key', key) }
  const folder = await mkdtemp(join(tmpdir(), 'vietqr-sim-'))
  open.push(() => rm(folder, { recursive: true, force: true }))
  const pki = await ensurePki(folder, 'simulated-host', [], new Date())
  return { cert: pki.cert, key: pki.key, caFile: join(folder, 'pki', 'ca.crt') }
}
