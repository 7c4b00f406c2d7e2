import { randomInt } from 'node:crypto'
import { hostname } from 'node:os'
import { deviceRoot } from '../../protocol/local/topics.ts'
import type { BusAddress } from '../broker/device-bus.ts'
import { isLoopback, parseMqttUrl } from '../config/addresses.ts'
import type { Settings } from '../config/schema.ts'
import type { CommandContext } from './command.ts'

/** What a device needs to connect, shown once. */
export interface Provisioning {
  readonly username: string
  readonly password: string
  readonly urls: readonly string[]
  readonly root: string
  /** SHA-256 of the CA's certificate, hex; null where there is no TLS listener. */
  readonly caFingerprint: string | null
  readonly provisioningUri: string
}

/** The credentials of a device as text and as one URI (the contract's form). Makes the CA where there is none yet. */
export async function provisioning(
  { settings, gateway }: CommandContext,
  deviceId: string,
  password: string,
): Promise<Provisioning> {
  const addresses = gateway?.brokerAddresses ?? configuredAddresses(settings)
  const reached = addresses.map(address => ({ ...address, host: toldHost(address, settings) }))
  // The certificate of an external broker is not ours to vouch for.
  const secure = settings.broker.mode === 'external' ? undefined : reached.find(({ protocol }) => protocol === 'mqtts')
  const best = secure ?? reached[0]
  if (best === undefined) throw new Error('the broker has no listener')
  const root = deviceRoot(deviceId)
  const caFingerprint = secure === undefined ? null : await fingerprintOf(settings)
  const pinned = caFingerprint === null ? '' : `?ca=sha256:${caFingerprint}`
  const login = `${deviceId}:${password}`
  return {
    username: deviceId,
    password,
    urls: reached.map(address => `${address.protocol}://${hostInUrl(address.host)}:${address.port}`),
    root,
    caFingerprint,
    provisioningUri: `${best.protocol}://${login}@${hostInUrl(best.host)}:${best.port}/${root}${pinned}`,
  }
}

async function fingerprintOf(settings: Settings): Promise<string> {
  // Certificates are a heavy thing to load, and most commands need none.
  const { brokerPki } = await import('../broker/broker-pki.ts')
  return (await brokerPki(settings)).caFingerprint
}

function configuredAddresses({ broker }: Settings): readonly BusAddress[] {
  if (broker.mode === 'embedded') return broker.listen
  return broker.url === undefined ? [] : [parseMqttUrl(broker.url)]
}

/**
 * A listener on loopback is reached there; every other one under the name devices are told. An external broker may well be on this
 * machine and open to others, so there a name that was written down is told.
 */
function toldHost({ host }: BusAddress, { broker }: Settings): string {
  const written = broker.mode === 'external' && broker.advertise !== hostname()
  return isLoopback(host) && !written ? host : broker.advertise
}

function hostInUrl(host: string): string {
  return host.includes(':') ? `[${host}]` : host
}

const LETTERS = 'abcdefghjkmnpqrstuvwxyz23456789'

/** A name for a device that was given none: its kind and four characters that are not mistaken for others. */
export function newDeviceId(kind: string): string {
  const tail = Array.from({ length: 4 }, () => LETTERS.charAt(randomInt(LETTERS.length))).join('')
  return `${kind}-${tail}`
}
