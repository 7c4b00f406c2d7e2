import type { HostAddress } from './transport.ts'

/** An end of the link that this gateway decided on; its message is already meant for the operator. */
export class LinkFault extends Error {
  override readonly name = 'LinkFault'
  readonly code = 'HOST_LINK_FAULT'
}

/** Who is at the other end, in the words an operator knows from gateway.yaml. */
export interface Peer {
  /** The section of gateway.yaml. */
  readonly section: 'host' | 'broker'
  /** `the host`. */
  readonly called: string
  /** Who runs it and can be asked. */
  readonly owner: string
  /** Where its password comes from. */
  readonly password: string
  /** Where a private authority is named. */
  readonly caFile: string
  /** Where a certificate of our own is named. */
  readonly clientCertificate: string
}

export const HOST_PEER: Peer = {
  section: 'host',
  called: 'the host',
  owner: 'VietQR',
  password: 'host.passwordFile or VIETQR_HOST_PASSWORD',
  caFile: 'host.caFile',
  clientCertificate: 'host.certFile, host.keyFile',
}

/** What was going on when a connection ended. */
export interface LinkScene {
  readonly peer: Peer
  readonly address: HostAddress
  /** `opening`: TCP and TLS · `greeting`: CONNECT was sent · `live`: CONNACK was received. */
  readonly phase: 'opening' | 'greeting' | 'live'
  readonly clientId: string
  /** Epoch milliseconds: the first question about a certificate out of date is whether this machine's clock is right. */
  readonly now: number
}

/**
 * Says for an operator why the link to the host ended and what would help. Never holds a secret: only the host's name and
 * port, the client id and the names on the host's certificate are repeated.
 *
 * @param error what ended the connection; undefined when the host closed it without a word
 */
export function failureWords(error: unknown, scene: LinkScene): string {
  if (error instanceof LinkFault) return error.message
  const where = `${scene.address.hostname}:${scene.address.port}`
  if (!(error instanceof Error)) return closedWords(scene, where)
  const code = 'code' in error ? error.code : undefined
  if (typeof code === 'number' && scene.phase === 'greeting') return refusalWords(code, scene, where)
  if (error.message === 'Keepalive timeout') {
    return `${where} did not answer the keepalive: the network or ${scene.peer.called} is gone without closing the connection.`
  }
  return (
    networkWords(code, scene, where) ??
    certificateWords(code, error, scene, where) ??
    `The connection to ${where} failed: ${printable(error.message)}.`
  )
}

/** Text from outside, fit for a terminal: printable ASCII of bounded length. */
function printable(text: string): string {
  return text.slice(0, 200).replace(/[^\x20-\x7e]/g, '?')
}

function closedWords({ peer, address, phase, clientId }: LinkScene, where: string): string {
  switch (phase) {
    case 'opening':
      return address.tls
        ? `${where} ended the connection during the TLS handshake: perhaps it is a port without TLS (${peer.section}.url mqtt://), ` +
            `or ${peer.called} wants a client certificate (${peer.clientCertificate}).`
        : `${where} closed the connection at once: look at ${peer.section}.url and at firewalls in between.`
    case 'greeting':
      return address.tls
        ? `${where} closed the connection without answering CONNECT: perhaps it is not the port of an MQTT broker, ` +
            `or ${peer.called} wants a client certificate (${peer.clientCertificate}).`
        : `${where} closed the connection without answering CONNECT: perhaps it is a TLS port, then ${peer.section}.url begins ` +
            'with mqtts://.'
    case 'live':
      return (
        `${where} closed the connection. If this comes again and again right after the link is up, another client uses ` +
        `the client id ${printable(clientId)}: each needs its own${peer.section === 'host' ? ' host.clientId' : ''}.`
      )
  }
}

/** "Not authorized" in MQTT 5. */
const NOT_AUTHORIZED_5 = 135

/** The return codes of CONNACK [MQTT 3.1.1, table 3.1]. */
function refusalWords(code: number, { peer }: LinkScene, where: string): string {
  const { section, owner } = peer
  const login = `look at ${section}.username and its password (${peer.password})`
  switch (code) {
    case 1:
      return `${where} refused the connection (1): it does not speak MQTT 3.1.1.`
    case 2:
      return `${where} refused the client id (2): set ${section}.clientId to one ${owner} accepts.`
    case 3:
      return `${where} refused the connection (3): its MQTT service is not available now; it is tried again.`
    case 4:
      return `${where} refused the login (4): ${login}.`
    case 5:
    case NOT_AUTHORIZED_5:
      // Mosquitto answers a wrong password with 5, not with 4.
      return `${where} does not allow this login to connect (${code}): ${login}, then ask ${owner} whether it is enabled.`
    default:
      return `${where} refused the connection with code ${code}: ask ${owner} what it means there.`
  }
}

function networkWords(code: unknown, scene: LinkScene, where: string): string | undefined {
  const { section } = scene.peer
  switch (code) {
    case 'ENOTFOUND':
      return `The name ${scene.address.hostname} is not known to DNS: look at ${section}.url and at this machine's DNS.`
    case 'EAI_AGAIN':
      return `DNS does not answer for ${scene.address.hostname}: look at this machine's network and DNS.`
    case 'ECONNREFUSED':
      return `${where} refused the connection: no broker listens there, or a firewall refuses it. Look at ${section}.url.`
    case 'ETIMEDOUT':
      return `${where} did not answer in time: look at ${section}.url, the network and firewalls in between.`
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'ENETDOWN':
    case 'EADDRNOTAVAIL':
      return `There is no way to ${where} (${code}): look at this machine's network.`
    case 'ECONNRESET':
    case 'EPIPE':
      return closedWords(scene, where)
    default:
      return undefined
  }
}

function certificateWords(code: unknown, error: Error, scene: LinkScene, where: string): string | undefined {
  const { section, called, owner, caFile } = scene.peer
  const today = new Date(scene.now).toISOString().slice(0, 10)
  switch (code) {
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'CERT_SIGNATURE_FAILURE': {
      const selfSigned = code === 'DEPTH_ZERO_SELF_SIGNED_CERT' ? 'is self-signed' : 'comes from an unknown authority'
      return (
        `The certificate of ${where} ${selfSigned}: if ${owner} gave you a CA file, name it in ${caFile}; ` +
        `otherwise this may not be ${called}.`
      )
    }
    case 'CERT_HAS_EXPIRED':
      return (
        `The certificate of ${where} has expired: ${owner} must renew it, unless this machine's date is wrong ` +
        `(it says ${today}).`
      )
    case 'CERT_NOT_YET_VALID':
      return `The certificate of ${where} is not valid yet: this machine's clock is probably wrong (it says ${today}).`
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return (
        `The certificate of ${where} is for ${certificateNames(error)}, not for ${scene.address.hostname}: ` +
        `use one of its names in ${section}.url.`
      )
    case 'ERR_SSL_WRONG_VERSION_NUMBER':
    case 'ERR_SSL_PACKET_LENGTH_TOO_LONG':
      return `${where} does not speak TLS: it is a port without TLS (${section}.url mqtt://) or no broker at all.`
    default:
      break
  }
  if (typeof code !== 'string' || !code.startsWith('ERR_SSL_')) return undefined
  if (/ALERT_.*(CERTIFICATE|UNKNOWN_CA)/.test(code)) {
    return `${where} did not accept this gateway's client certificate (${code}): look at ${scene.peer.clientCertificate}.`
  }
  return `TLS with ${where} failed (${code}): ask ${owner} which TLS versions and certificates it wants.`
}

function certificateNames(error: Error): string {
  const certificate: unknown = 'cert' in error ? error.cert : undefined
  if (typeof certificate !== 'object' || certificate === null) return 'other names'
  const names: unknown = 'subjectaltname' in certificate ? certificate.subjectaltname : undefined
  if (typeof names !== 'string') return 'no DNS name'
  return printable(names.replaceAll('DNS:', '').replaceAll('IP Address:', ''))
}

/** What is told of an error beside its words: whole it would bring the host's certificate into the log. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? printable(String(error.code)) : 'no code'
}
