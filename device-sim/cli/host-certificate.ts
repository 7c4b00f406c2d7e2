import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type KeyedCertificate, makeAuthority, makeServer } from '../../gateway/broker/certificates.ts'
import { removeFolder, temporaryFolder } from '../stage/leftovers.ts'
import type { HostOptions } from './commands/host.ts'
import { makeSelfSigned } from './self-signed.ts'

type CertificateKind = NonNullable<HostOptions['certificate']>

export interface HostTls {
  readonly cert: string
  readonly key: string
  /** Of the authority partners are told to trust. */
  readonly caFile?: string
}

const SITE = 'simulated-host'
const HOSTS = ['localhost']
const ADDRESSES = ['127.0.0.1', '::1']
const NAMES = [...HOSTS, ...ADDRESSES]
/** Server certificates last 825 days, so that one of five years ago is long over. */
const FIVE_YEARS_MS = 5 * 365 * 86_400_000

/** A new certificate of a new authority, in a folder of its own that `open` says how to remove. */
export async function makeHostTls(kind: CertificateKind, open: (() => Promise<void>)[]): Promise<HostTls> {
  const folder = temporaryFolder('vietqr-sim-')
  open.push(async () => removeFolder(folder))
  const now = new Date()
  const then = new Date(now.getTime() - FIVE_YEARS_MS)
  const authority = await makeAuthority(SITE, kind === 'expired' ? then : now)
  const caFile = join(folder, 'ca.crt')
  await writeFile(caFile, authority.cert)
  return { ...(await shown(kind, authority, now, then)), caFile }
}

async function shown(
  kind: CertificateKind,
  authority: KeyedCertificate,
  now: Date,
  then: Date,
): Promise<KeyedCertificate> {
  switch (kind) {
    case 'good':
      return chained(await makeServer(authority, NAMES, now), authority)
    case 'expired':
      return chained(await makeServer(authority, NAMES, then), authority)
    case 'wrong-name':
      return chained(await makeServer(authority, ['another-host.example'], now), authority)
    case 'self-signed':
      return makeSelfSigned(HOSTS, ADDRESSES)
  }
}

function chained({ cert, key }: KeyedCertificate, authority: KeyedCertificate): KeyedCertificate {
  return { cert: cert + authority.cert, key }
}
