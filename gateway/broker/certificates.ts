/** Makes the gateway's own certificate authority, and the certificate its TLS listener shows. EC P-256 throughout. */
import type { webcrypto } from 'node:crypto'
import { isIP } from 'node:net'
import 'reflect-metadata'
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type JsonGeneralName,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509'

/** A certificate and its private key, both PEM. */
export interface KeyedCertificate {
  readonly cert: string
  readonly key: string
}

const DAY = 86_400_000

/** Devices keep the CA for as long as they live; nobody visits them to change it. */
const CA_YEARS = 20

/** The longest a server certificate may last for Apple's systems to take it, private CA or not; tills run on those too. */
const SERVER_DAYS = 825

/** Boxes and shop machines run with clocks that are hours off. */
const HEAD_START = DAY

const KEYS = { name: 'ECDSA', namedCurve: 'P-256' } as const

/** A new CA that may sign server certificates and nothing that signs others. */
export async function makeAuthority(site: string, now: Date): Promise<KeyedCertificate> {
  const keys = await crypto.subtle.generateKey(KEYS, true, ['sign', 'verify'])
  const notAfter = new Date(now)
  notAfter.setUTCFullYear(now.getUTCFullYear() + CA_YEARS)
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: [{ CN: [`VietQR Gateway ${site}`] }],
    notBefore: new Date(now.getTime() - HEAD_START),
    notAfter,
    keys,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  return { cert: `${certificate.toString('pem')}\n`, key: await pem(keys.privateKey) }
}

/** A new server certificate of this CA for these host names and addresses. It never outlives the CA. */
export async function makeServer(
  authority: KeyedCertificate,
  names: readonly string[],
  now: Date,
): Promise<KeyedCertificate> {
  const ca = new X509Certificate(authority.cert)
  const signingKey = await crypto.subtle.importKey('pkcs8', PemConverter.decodeFirst(authority.key), KEYS, false, [
    'sign',
  ])
  const keys = await crypto.subtle.generateKey(KEYS, true, ['sign', 'verify'])
  const certificate = await X509CertificateGenerator.create({
    subject: [{ CN: ['VietQR Gateway'] }],
    issuer: ca.subjectName,
    notBefore: new Date(Math.max(now.getTime() - HEAD_START, ca.notBefore.getTime())),
    notAfter: new Date(Math.min(now.getTime() + SERVER_DAYS * DAY, ca.notAfter.getTime())),
    publicKey: keys.publicKey,
    signingKey,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension(names.map(generalName)),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
      await AuthorityKeyIdentifierExtension.create(ca.publicKey),
    ],
  })
  return { cert: `${certificate.toString('pem')}\n`, key: await pem(keys.privateKey) }
}

function generalName(name: string): JsonGeneralName {
  return { type: isIP(name) === 0 ? 'dns' : 'ip', value: name }
}

async function pem(key: webcrypto.CryptoKey): Promise<string> {
  return `${PemConverter.encode(await crypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY')}\n`
}
