import { isIP, isIPv4, isIPv6 } from 'node:net'

/** Where something listens or is reached. An IPv6 host has no brackets. */
export interface Address<Protocol extends string = string> {
  readonly protocol: Protocol
  readonly host: string
  /** 0 for a listener: any free port. */
  readonly port: number
}

export type MqttProtocol = 'mqtt' | 'mqtts'

/** The ports IANA has registered for MQTT without and with TLS. */
const DEFAULT_PORT: Readonly<Record<MqttProtocol, number>> = { mqtt: 1883, mqtts: 8883 }

const URL_FORM = /^(?<protocol>[a-z][a-z0-9+.-]*):\/\/(?<rest>.*)$/i
const HOST_AND_PORT = /^(?:\[(?<bracketed>[^\]]*)\]|(?<plain>[^:]*))(?::(?<port>.*))?$/
const NAME = /^(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]{0,62})(?:\.[a-z0-9_](?:[a-z0-9_-]{0,62}))*\.?$/i

/** Says in words what is wrong with an address and what would be right; never repeats a login found in it. */
export class AddressError extends Error {
  override readonly name = 'AddressError'
  readonly code = 'ADDRESS_INVALID'
}

/**
 * Reads `mqtts://host[:port]` or `mqtt://host[:port]`; the port is 8883 or 1883 unless given.
 * @throws AddressError
 */
export function parseMqttUrl(text: string): Address<MqttProtocol> {
  const parts = URL_FORM.exec(text)?.groups
  const protocol = parts?.protocol?.toLowerCase()
  const rest = parts?.rest ?? ''
  if (protocol === undefined) throw new AddressError('has no protocol; write mqtts://HOST:PORT or mqtt://HOST:PORT')
  if (protocol !== 'mqtt' && protocol !== 'mqtts') {
    throw new AddressError(`begins with ${protocol}://, which is not spoken here; use mqtts:// or mqtt://`)
  }
  if (rest.includes('@')) {
    throw new AddressError(
      'holds a login; write only the address, the name in username and the password in passwordFile',
    )
  }
  if (/[/?#]/.test(rest.replace(/\/$/, ''))) {
    throw new AddressError('goes on after the port; end it there, as in mqtts://broker.example:8883')
  }
  return { protocol, ...hostAndPort(rest.replace(/\/$/, ''), DEFAULT_PORT[protocol]) }
}

/**
 * Reads `host:port`, as HTTP listeners are written.
 * @throws AddressError
 */
export function parseHttpListen(text: string): Address<'http'> {
  if (URL_FORM.test(text))
    throw new AddressError('is a URL; write only the address and the port, such as 127.0.0.1:8080')
  return { protocol: 'http', ...hostAndPort(text, undefined) }
}

function hostAndPort(text: string, defaultPort: number | undefined): { host: string; port: number } {
  if (isIPv6(text)) throw new AddressError(`is an IPv6 address without brackets; write [${text}]:PORT`)
  const parts = HOST_AND_PORT.exec(text)?.groups
  if (parts === undefined) throw new AddressError('is not HOST:PORT; write for example 127.0.0.1:8080')
  return { host: hostOf(parts.bracketed, parts.plain), port: portOf(parts.port, defaultPort) }
}

function hostOf(bracketed: string | undefined, plain: string | undefined): string {
  if (bracketed !== undefined) {
    if (isIPv6(bracketed)) return bracketed
    throw new AddressError('has brackets around something that is no IPv6 address; write for example [::1]')
  }
  const host = plain ?? ''
  if (host === '*')
    throw new AddressError('has * for its host; write 0.0.0.0 (or [::]) for every address of this machine')
  if (host === '') throw new AddressError('has no host; write an address or a name before the port, such as 127.0.0.1')
  if (!isHost(host))
    throw new AddressError('has a host that is neither an IP address nor a name; write for example 127.0.0.1')
  return host
}

function portOf(text: string | undefined, defaultPort: number | undefined): number {
  if (text === undefined && defaultPort !== undefined) return defaultPort
  if (text === undefined) throw new AddressError('has no port; add one, such as :8080')
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN
  if (!(port <= 65_535)) throw new AddressError('has no possible port; use 0 to 65535')
  return port
}

/** Whether this is an IP address (IPv6 without brackets) or could be the name of a machine. */
export function isHost(text: string): boolean {
  if (isIP(text) !== 0) return true
  // Digits and dots alone are a mistyped IPv4 address, not a name.
  return NAME.test(text) && !/^[\d.]+$/.test(text)
}

/** `host:port`, with brackets around IPv6. */
export function hostPort(address: Pick<Address, 'host' | 'port'>): string {
  return `${isIPv6(address.host) ? `[${address.host}]` : address.host}:${address.port}`
}

/** `protocol://host:port`, with brackets around IPv6. */
export function addressUrl(address: Address): string {
  return `${address.protocol}://${hostPort(address)}`
}

/** Whether only programs on this machine can reach a listener there. */
export function isLoopback(host: string): boolean {
  return host.toLowerCase() === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'))
}

/** Whether two listeners would claim the same port of the same address. */
export function collide(a: Address, b: Address): boolean {
  if (a.port === 0 || a.port !== b.port) return false
  const [hostA, hostB] = [canonical(a.host), canonical(b.host)]
  return hostA === hostB || isWildcard(hostA) || isWildcard(hostB)
}

function canonical(host: string): string {
  return host.toLowerCase() === 'localhost' ? '127.0.0.1' : host.toLowerCase()
}

function isWildcard(host: string): boolean {
  return host === '0.0.0.0' || host === '::'
}
