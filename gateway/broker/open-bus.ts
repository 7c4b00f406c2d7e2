import type { BoxDesk } from '../boxes/box-desk.ts'
import { BusWithBoxes } from '../boxes/bus-with-boxes.ts'
import type { Clock } from '../clock.ts'
import type { Settings } from '../config/schema.ts'
import type { Secrets } from '../config/secrets.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { Log } from '../log.ts'
import { brokerPki } from './broker-pki.ts'
import type { BusAddress, DeviceBus, DeviceBusOwner } from './device-bus.ts'
import { EmbeddedBroker } from './embedded-broker.ts'
import { ExternalBroker } from './external-broker.ts'
import { PkiWatch } from './pki-watch.ts'

interface BusParts {
  readonly settings: Settings
  readonly secrets: Secrets
  readonly ledger: Ledger
  readonly log: Log
}

/** Those whose connections these are. */
export interface BusOwners {
  readonly devices: DeviceBusOwner
  readonly boxes: BoxDesk
}

/** Where boxes have a listener of their own, no device comes in there. */
const NOBODY: DeviceBusOwner = {
  authenticate: async () => false,
  message: async () => {},
  reachable: () => {},
  presence: () => {},
  slowed: () => {},
}

/**
 * How this gateway reaches its devices, as configured. The certificate of the TLS listener is made here on first need.
 * @throws PkiError
 */
export async function openBus(parts: BusParts, clock: Clock): Promise<(owners: BusOwners) => DeviceBus> {
  const { settings, secrets, ledger, log } = parts
  const { broker } = settings
  if (broker.mode === 'external') {
    const { registry } = ledger
    const password = secrets.brokerPassword
    return owners => {
      const devices = new ExternalBroker({ settings, password, registry, owner: owners.devices, clock, log })
      return withBoxes(settings, owners, devices, log)
    }
  }
  const { listen: listeners } = broker
  const shared = placeOfBoxes(broker)
  const secure = listeners.some(address => address.protocol === 'mqtts') ? await tlsOf(settings, clock, log) : {}
  return owners => {
    const guests = shared === null ? {} : { guests: { house: owners.boxes, on: shared } }
    const devices = new EmbeddedBroker({ listeners, owner: owners.devices, log, ...secure, ...guests })
    return withBoxes(settings, owners, devices, log)
  }
}

async function tlsOf(settings: Settings, clock: Clock, log: Log) {
  const pki = await brokerPki(settings)
  const { dataDir } = settings
  const renewals = new PkiWatch({ dataDir, pki, read: () => brokerPki(settings), clock, log })
  return { tls: pki, renewals }
}

/** The listener of the devices that boxes share; null where they have one of their own, or are not served. */
function placeOfBoxes({ vietqrBoxes, listen }: Settings['broker']): BusAddress | null {
  if (vietqrBoxes === undefined || vietqrBoxes.listen !== undefined) return null
  return listen.find(({ protocol }) => protocol === 'mqtt') ?? null
}

/** The devices' bus, whatever broker it is, with VietQR's boxes at their own listener beside it where they have one. */
function withBoxes(settings: Settings, owners: BusOwners, devices: DeviceBus, log: Log): DeviceBus {
  const own = settings.broker.vietqrBoxes?.listen
  if (own === undefined) return new BusWithBoxes(devices, owners.boxes, null)
  const guests = { house: owners.boxes, on: own }
  return new BusWithBoxes(devices, owners.boxes, new EmbeddedBroker({ listeners: [own], owner: NOBODY, guests, log }))
}
