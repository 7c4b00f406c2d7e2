import { systemClock } from '../clock.ts'
import type { Settings } from '../config/schema.ts'
import type { Log } from '../log.ts'
import { brokerPki } from './broker-pki.ts'
import type { DeviceBus, DeviceBusOwner } from './device-bus.ts'
import { EmbeddedBroker } from './embedded-broker.ts'
import { PkiWatch } from './pki-watch.ts'

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
    log.warn('broker.vietqrBoxes: unmodified VietQR boxes are not served by this version, they will be refused')
  }
  const { listen: listeners } = broker
  if (!listeners.some(address => address.protocol === 'mqtts')) {
    return owner => new EmbeddedBroker({ listeners, owner, log })
  }
  const pki = await brokerPki(settings)
  const { dataDir } = settings
  const renewals = new PkiWatch({ dataDir, pki, read: () => brokerPki(settings), clock: systemClock, log })
  return owner => new EmbeddedBroker({ listeners, owner, log, tls: pki, renewals })
}
