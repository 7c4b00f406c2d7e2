import { hostname } from 'node:os'
import type { Settings } from '../config/schema.ts'
import type { Log } from '../log.ts'
import type { DeviceBus, DeviceBusOwner } from './device-bus.ts'
import { EmbeddedBroker } from './embedded-broker.ts'
import { ensurePki } from './pki.ts'

/** The configuration asks for something this version does not do. */
class NotServedError extends Error {
  override readonly name = 'NotServedError'
  readonly code = 'NOT_SERVED'
}

/**
 * How this gateway reaches its devices, as configured. The certificate of the TLS listener is made here on first need.
 * @throws NotServedError, PkiError
 */
export async function openBus(settings: Settings, log: Log): Promise<(owner: DeviceBusOwner) => DeviceBus> {
  const { broker } = settings
  if (broker.mode === 'external') {
    throw new NotServedError('broker.mode: external is not served by this version; use embedded')
  }
  if (broker.vietqrBoxes !== undefined) {
    throw new NotServedError('broker.vietqrBoxes: unmodified VietQR boxes are not served by this version; leave it out')
  }
  const tls = broker.listen.some(address => address.protocol === 'mqtts') ? await brokerPki(settings) : undefined
  return owner => new EmbeddedBroker({ listeners: broker.listen, owner, log, ...(tls === undefined ? {} : { tls }) })
}

/** The gateway's own CA and the certificate of its broker; made on first need, here or by `devices pair`. */
export function brokerPki(settings: Settings): ReturnType<typeof ensurePki> {
  const { broker, dataDir, site } = settings
  const listening = broker.listen.map(address => address.host).filter(host => host !== '0.0.0.0' && host !== '::')
  const names = [...new Set([broker.advertise, hostname(), 'localhost', '127.0.0.1', '::1', ...listening])]
  return ensurePki(dataDir, site, names, new Date())
}
