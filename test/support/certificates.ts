import 'reflect-metadata'
import { randomBytes, webcrypto } from 'node:crypto'
import { isIP } from 'node:net'
import {
  BasicConstraintsExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509'

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const HOUR_MS = 3_600_000

/** A certificate authority for one test: nobody outside trusts it. */
export interface Authority {
  /** PEM of its certificate. */
  readonly ca: string
  /** A certificate for DNS names and IP addresses, the first of them also its common name; valid for an hour unless told otherwise. */
  issue(request: CertificateRequest): Promise<{ readonly cert: string; readonly key: string }>
}

export interface CertificateRequest {
  readonly names: readonly string[]
  readonly notBefore?: Date
  readonly notAfter?: Date
}

export async function makeAuthority(commonName = 'Authority for tests'): Promise<Authority> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])
  const authority = await X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: `CN=${commonName}`,
    keys,
    signingAlgorithm: ALGORITHM,
    notBefore: new Date(Date.now() - 24 * HOUR_MS),
    notAfter: new Date(Date.now() + 24 * HOUR_MS),
    extensions: [
      new BasicConstraintsExtension(true, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
    ],
  })
  return {
    ca: authority.toString('pem'),
    async issue({ names, notBefore, notAfter }) {
      const own = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])
      const certificate = await X509CertificateGenerator.create({
        serialNumber: serialNumber(),
        subject: `CN=${names[0] ?? 'nobody'}`,
        issuer: authority.subject,
        publicKey: own.publicKey,
        signingKey: keys.privateKey,
        signingAlgorithm: ALGORITHM,
        notBefore: notBefore ?? new Date(Date.now() - HOUR_MS),
        notAfter: notAfter ?? new Date(Date.now() + HOUR_MS),
        extensions: [
          new SubjectAlternativeNameExtension(
            names.map(name => ({ type: isIP(name) === 0 ? ('dns' as const) : ('ip' as const), value: name })),
          ),
        ],
      })
      const key = await webcrypto.subtle.exportKey('pkcs8', own.privateKey)
      return { cert: certificate.toString('pem'), key: PemConverter.encode(key, 'PRIVATE KEY') }
    },
  }
}

function serialNumber(): string {
  // The leading 01 keeps it positive and its length the same.
  return `01${randomBytes(15).toString('hex')}`
}
