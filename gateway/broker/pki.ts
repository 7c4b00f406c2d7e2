/**
 * The keys and certificates of the embedded broker's TLS listener, in `dataDir/pki`:
 *
 * - `ca.pem`: the gateway's own certificate authority with its key, made once. Devices trust it for life, so it is never
 *   replaced here: a gateway that silently made a new one would lock every device in the shop out.
 * - `ca.crt`: the same certificate without the key, for people to put into devices.
 * - `server.pem`: what the listener shows, with its key. It is made again from the CA whenever it lacks a name or grows
 *   old; devices notice nothing, they trust the CA.
 *
 * Certificate and key share a file so that there is never one without the other.
 */
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { isIP } from 'node:net'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { shown } from '../../protocol/shown.ts'
import type { KeyedCertificate } from './certificates.ts'
import { createSecret, readIfThere, replaceFile } from './secret-file.ts'

export interface Pki {
  /** What devices have to trust, PEM. */
  readonly caCert: string
  /** SHA-256 of the CA certificate, lower-case hex: the `ca=sha256:…` of a provisioning address. */
  readonly caFingerprint: string
  /** What the listener shows, PEM: its certificate, then the CA's, so that a device that knows the CA by its fingerprint alone can find it. */
  readonly cert: string
  readonly key: string
}

/** The files cannot be used, or a name cannot be certified. The message names the file and what to do. */
export class PkiError extends Error {
  override readonly name = 'PkiError'
  readonly code = 'PKI_UNUSABLE'
}

/**
 * Certificates last 825 days and are looked at when the gateway starts. One that has less than this left is made again: a
 * gateway that is restarted at least once a year never shows an expired one.
 */
const RENEW_BELOW = 400 * 86_400_000

const ALWAYS = ['localhost', '127.0.0.1', '::1']

const CA_REMEDY = 'put it back from a backup; without one move it away, and pair every TLS device again with the new CA'
const SERVER_REMEDY = 'delete it, it is made again at the next start'

/**
 * The keys and certificates below `dataDir`, made where they are missing. The server certificate is good for `names`, for
 * this machine's host name and for the loopback. `site` becomes part of a new CA's name. Rejects with PkiError.
 */
export async function ensurePki(dataDir: string, site: string, names: readonly string[], now: Date): Promise<Pki> {
  const folder = join(dataDir, 'pki')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const authority = await ensureAuthority(join(folder, 'ca.pem'), site, now)
  const publicFile = join(folder, 'ca.crt')
  if ((await readIfThere(publicFile)) !== authority.cert) await replaceFile(publicFile, authority.cert, 0o644)
  const server = await ensureServer(join(folder, 'server.pem'), authority, wanted(names), now)
  return {
    caCert: authority.cert,
    caFingerprint: new X509Certificate(authority.cert).fingerprint256.replaceAll(':', '').toLowerCase(),
    cert: server.cert + authority.cert,
    key: server.key,
  }
}

async function ensureAuthority(file: string, site: string, now: Date): Promise<KeyedCertificate> {
  let text = await readIfThere(file)
  if (text === undefined) {
    const { makeAuthority } = await certificateMaker()
    await createSecret(file, asText(await makeAuthority(site, now)))
    // Another process may have been first; what is on disk counts.
    text = (await readIfThere(file)) ?? ''
  }
  const authority = parse(file, text, CA_REMEDY)
  const { certificate } = authority
  if (!certificate.ca) throw new PkiError(`${file} holds a certificate that is no CA: ${CA_REMEDY}`)
  if (certificate.validToDate <= now) {
    throw new PkiError(
      `${file}: the CA expired on ${certificate.validTo}; check this machine's clock, else ${CA_REMEDY}`,
    )
  }
  return authority
}

async function ensureServer(
  file: string,
  authority: KeyedCertificate,
  names: readonly string[],
  now: Date,
): Promise<KeyedCertificate> {
  const text = await readIfThere(file)
  if (text !== undefined) {
    const server = parse(file, text, SERVER_REMEDY)
    if (stillGood(server.certificate, new X509Certificate(authority.cert), names, now)) return server
  }
  const { makeServer } = await certificateMaker()
  const made = await makeServer(authority, names, now)
  await replaceFile(file, asText(made), 0o600)
  return made
}

/** Loaded once a year: the library behind it takes more memory and more of the start than anything else the gateway uses. */
function certificateMaker(): Promise<typeof import('./certificates.ts')> {
  return import('./certificates.ts')
}

function stillGood(server: X509Certificate, ca: X509Certificate, names: readonly string[], now: Date): boolean {
  // A CA that is itself near its end cannot give more time than it has.
  const enough = Math.min(now.getTime() + RENEW_BELOW, ca.validToDate.getTime())
  return (
    server.verify(ca.publicKey) &&
    server.validFromDate <= now &&
    server.validToDate.getTime() >= enough &&
    names.every(name => (isIP(name) === 0 ? server.checkHost(name) : server.checkIP(name)) !== undefined)
  )
}

/** All names to certify, once each. This machine's own is left out when it is none that a certificate can carry. */
function wanted(names: readonly string[]): string[] {
  const own = hostname()
  const all = [...ALWAYS, own, ...names].filter(name => name !== own || certifiable(own))
  for (const name of all) {
    if (!certifiable(name)) throw new PkiError(`${shown(name)} is neither a host name nor an IP address`)
  }
  return [...new Set(all.map(name => name.toLowerCase()))]
}

function certifiable(name: string): boolean {
  return isIP(name) !== 0 || (name.length <= 253 && /^[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*$/i.test(name))
}

function asText({ cert, key }: KeyedCertificate): string {
  return cert + key
}

interface Parsed extends KeyedCertificate {
  readonly certificate: X509Certificate
}

function parse(file: string, text: string, remedy: string): Parsed {
  const cert = block(text, 'CERTIFICATE')
  const key = block(text, 'PRIVATE KEY')
  let certificate: X509Certificate
  let privateKey: KeyObject
  try {
    certificate = new X509Certificate(cert)
    privateKey = createPrivateKey(key)
  } catch (cause) {
    throw new PkiError(`${file} does not hold a certificate and its key, or only part of them: ${remedy}`, { cause })
  }
  if (!certificate.checkPrivateKey(privateKey)) {
    throw new PkiError(`${file}: the key does not belong to the certificate: ${remedy}`)
  }
  return { cert, key, certificate }
}

function block(text: string, label: string): string {
  const found = new RegExp(`-----BEGIN ${label}-----[^-]*-----END ${label}-----`).exec(text)
  return found === null ? '' : `${found[0]}\n`
}
