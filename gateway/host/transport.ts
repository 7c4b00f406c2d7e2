import { connect, isIP, type Socket } from 'node:net'
import { createSecureContext, type SecureContext, connect as secureConnect } from 'node:tls'

/** A host setting with which no connection can be tried. */
export class HostSettingsError extends Error {
  override readonly name = 'HostSettingsError'
  readonly code = 'HOST_SETTINGS'
}

export interface HostAddress {
  readonly hostname: string
  readonly port: number
  readonly tls: boolean
}

export interface TlsMaterial {
  /** PEM of the private authority to trust instead of the public ones. */
  readonly ca?: string | Buffer
  /** PEM of this gateway's own certificate and key, for hosts that ask for one. */
  readonly cert?: string | Buffer
  readonly key?: string | Buffer
}

/**
 * Reads `mqtts://name:port` (default port 8883) or `mqtt://name:port` (1883).
 * @throws HostSettingsError
 */
export function hostAddress(url: string): HostAddress {
  // The URL itself is not repeated in messages: somebody may have put a password into it.
  const parsed = URL.parse(url)
  const tls = parsed?.protocol === 'mqtts:'
  if (parsed === null || parsed.hostname === '' || !(tls || parsed.protocol === 'mqtt:')) {
    throw new HostSettingsError('host.url is not the address of an MQTT broker; right is mqtts://broker.example:8883')
  }
  const port = parsed.port === '' ? (tls ? 8883 : 1883) : Number(parsed.port)
  return { hostname: parsed.hostname.replace(/^\[(.*)\]$/, '$1'), port, tls }
}

/** @throws HostSettingsError when the certificates or the key cannot be read. */
export function secureContext(material: TlsMaterial): SecureContext {
  try {
    return createSecureContext({ ca: material.ca, cert: material.cert, key: material.key, minVersion: 'TLSv1.2' })
  } catch (cause) {
    throw new HostSettingsError(
      'host.caFile, host.certFile or host.keyFile is not what it should be; right are PEM files, the key belonging to ' +
        'the certificate and without a passphrase',
      { cause },
    )
  }
}

/**
 * Begins a connection to the host; `ready` is called when it can carry MQTT: for TLS only after the certificate was
 * checked. MQTT.js opens its own sockets with CONNECT already queued, which would hand the password to whoever answers.
 */
export function openSocket(address: HostAddress, context: SecureContext | undefined, ready: () => void): Socket {
  const target = {
    host: address.hostname,
    port: address.port,
    // Node's own quarter of a second for each address of a name is less than one round trip over poor mobile networks.
    autoSelectFamilyAttemptTimeout: 1_000,
  }
  const socket = address.tls
    ? secureConnect({
        ...target,
        ...(isIP(address.hostname) === 0 ? { servername: address.hostname } : {}),
        ...(context === undefined ? {} : { secureContext: context }),
        // Said aloud, so that NODE_TLS_REJECT_UNAUTHORIZED in the environment cannot switch the check off.
        rejectUnauthorized: true,
      })
    : connect(target)
  socket.once(address.tls ? 'secureConnect' : 'connect', ready)
  socket.setNoDelay(true)
  return socket
}
