import type { Clock } from '../clock.ts'
import type { Settings } from '../config/schema.ts'
import type { Secrets } from '../config/secrets.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { Log } from '../log.ts'
import { brokerPki } from './broker-pki.ts'
import type { DeviceBus, DeviceBusOwner } from './device-bus.ts'
import { EmbeddedBroker } from './embedded-broker.ts'
import { ExternalBroker } from './external-broker.ts'
import { PkiWatch } from './pki-watch.ts'

interface BusParts {
  readonly settings: Settings
  readonly secrets: Secrets
  readonly ledger: Ledger
  readonly log: Log
}

/**
 * How this gateway reaches its devices, as configured. The certificate of the TLS listener is made here on first need.
 * @throws PkiError
 */
export async function openBus(parts: BusParts, clock: Clock): Promise<(owner: DeviceBusOwner) => DeviceBus> {
  const { settings, secrets, ledger, log } = parts
  const { broker } = settings
  if (broker.vietqrBoxes !== undefined) {
    log.warn('broker.vietqrBoxes: unmodified VietQR boxes are not served by this version, they will be refused')
  }
  if (broker.mode === 'external') {
    const { registry } = ledger
    return owner => new ExternalBroker({ settings, password: secrets.brokerPassword, registry, owner, clock, log })
  }
  const { listen: listeners } = broker
  if (!listeners.some(address => address.protocol === 'mqtts')) {
    return owner => new EmbeddedBroker({ listeners, owner, log })
  }
  const pki = await brokerPki(settings)
  const { dataDir } = settings
  const renewals = new PkiWatch({ dataDir, pki, read: () => brokerPki(settings), clock, log })
  return owner => new EmbeddedBroker({ listeners, owner, log, tls: pki, renewals })
}
