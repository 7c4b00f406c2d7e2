import { createHash, timingSafeEqual } from 'node:crypto'
import { isIP } from 'node:net'

/**
 * Who may speak to the HTTP server.
 *
 * The attack: a page on the internet, open in a browser inside the shop, lets its own name resolve to this machine (DNS
 * rebinding) and then reads the dashboard as if it were its own. The browser still says the page's name in `Host`, so
 * only names this machine is known by are answered. IP literals are safe: no page can have one as its name without
 * being served from there. `Origin` stops what a page of another origin sends without reading the answer.
 */

/** Why a request is refused, as it is answered. */
export interface Refusal {
  readonly status: 401 | 403
  readonly code: 'HOST_NOT_ALLOWED' | 'ORIGIN_NOT_ALLOWED' | 'TOKEN_REQUIRED'
  readonly message: string
}

interface HostHeader {
  /** Lower case, IPv6 without brackets, no dot at the end. */
  readonly name: string
  readonly port: string | undefined
}

/**
 * Checks `Host` and `Origin`.
 * @param names what this machine is called besides localhost and its IP addresses
 */
export function refuseForeign(
  headers: { readonly host?: string | undefined; readonly origin?: string | undefined },
  names: readonly string[],
): Refusal | undefined {
  const host = readHost(headers.host)
  if (host === undefined || !isKnown(host.name, names)) {
    return {
      status: 403,
      code: 'HOST_NOT_ALLOWED',
      message: 'the Host header names another machine; use localhost, an IP address or the name of this machine',
    }
  }
  if (headers.origin !== undefined && !isSameOrigin(headers.origin, host)) {
    return {
      status: 403,
      code: 'ORIGIN_NOT_ALLOWED',
      message: 'the request comes from a page of another origin; only pages of this server may ask',
    }
  }
  return undefined
}

/**
 * Checks the bearer token of an `Authorization` header (RFC 6750), in a time that does not depend on how much is right.
 * @param token what is asked for; undefined: nothing is
 */
export function refuseStranger(authorization: string | undefined, token: string | undefined): Refusal | undefined {
  if (token === undefined) return undefined
  const given = /^bearer +([!-~]+) *$/i.exec(authorization ?? '')?.[1] ?? ''
  // Digests have equal length, which timingSafeEqual wants, and hide the length of the token.
  if (timingSafeEqual(digest(given), digest(token))) return undefined
  return {
    status: 401,
    code: 'TOKEN_REQUIRED',
    message: 'this needs the header Authorization: Bearer TOKEN with the token from http.tokenFile',
  }
}

function readHost(header: string | undefined): HostHeader | undefined {
  const parts = /^(?:\[(?<ip6>[0-9a-f:.]+)\]|(?<name>[a-z0-9_.-]+?)\.?)(?::(?<port>\d{1,5}))?$/i.exec(
    header ?? '',
  )?.groups
  const name = parts?.ip6 ?? parts?.name
  if (name === undefined || (parts?.ip6 !== undefined && isIP(name) !== 6)) return undefined
  return { name: name.toLowerCase(), port: parts?.port }
}

function isKnown(name: string, names: readonly string[]): boolean {
  return (
    name === 'localhost' || isIP(name) !== 0 || names.some(known => known.toLowerCase().replace(/\.$/, '') === name)
  )
}

/** Port 80 and 443 may be left out by either side, each for its own protocol; a proxy may have ended TLS before us. */
function isSameOrigin(origin: string, host: HostHeader): boolean {
  const parts = /^(https?):\/\/([^/@?#\s]+)$/i.exec(origin)
  const from = readHost(parts?.[2])
  if (parts === null || from === undefined) return false
  const standard = parts[1]?.toLowerCase() === 'https' ? '443' : '80'
  return from.name === host.name && (from.port ?? standard) === (host.port ?? standard)
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
