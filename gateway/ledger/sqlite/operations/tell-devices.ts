import { tellAll } from '../../../devices/profiles/index.ts'
import type { ShopEvent, Telling, Voice } from '../../../devices/profiles/profile.ts'
import type { Device, NewDelivery } from '../../model.ts'
import type { Db } from '../database.ts'
import { newId } from '../new-id.ts'
import { prepared } from '../prepared.ts'
import { knownDevices } from '../registry-cache.ts'
import { type DeviceRow, toDevice } from '../rows.ts'
import { findDevice } from './registry.ts'

const devicesOfTerminal = prepared<[terminalCode: string], DeviceRow>(
  'SELECT * FROM devices WHERE terminal_code = CAST(? AS TEXT) AND enabled = 1 ORDER BY device_id',
)
/** In the order of the columns: this runs for every payment and device. */
type NewDeliveryRow = [
  id: string,
  deviceId: string,
  kind: string,
  orderId: string | null,
  paymentId: string | null,
  body: string,
  createdAt: number,
  expiresAt: number | null,
  heardAt: number | null,
]
const insert = prepared<NewDeliveryRow>(
  `INSERT INTO deliveries (id, device_id, kind, order_id, payment_id, body, created_at, expires_at, heard_at)
   VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
)
const supersede = prepared<{ deviceId: string; orderId: string; now: number }>(
  `UPDATE deliveries SET state = 'expired', ended_at = $now, error = 'superseded by a newer state'
   WHERE device_id = $deviceId AND order_id = $orderId AND kind = 'order' AND ended_at IS NULL`,
)

/** `heardAt` is when the host's message came in, where there was one. */
export function telling(now: number, voice: Voice, heardAt?: number): Telling {
  return { now, voice, newId: () => newId(now), ...(heardAt === undefined ? {} : { heardAt }) }
}

/**
 * Writes down what the devices of a terminal, and the device that asked, have to be told about an event.
 * Returns the ids of the devices that now have something to hear.
 */
export function tellDevices(
  db: Db,
  event: ShopEvent,
  to: { readonly terminalCode: string; readonly deviceId: string | null },
  how: Telling,
): readonly string[] {
  return deliver(db, tellAll(event, devicesToTell(db, to), how), how)
}

/** The enabled devices of a terminal, and the one that asked, wherever it stands. One question with OR takes five times as long. */
function devicesToTell(
  db: Db,
  to: { readonly terminalCode: string; readonly deviceId: string | null },
): readonly Device[] {
  const { terminalCode, deviceId } = to
  const read = (): readonly Device[] => devicesOfTerminal(db).all(terminalCode).map(toDevice)
  const devices = knownDevices(db, terminalCode, read)
  if (deviceId === null || devices.some(device => device.deviceId === deviceId)) return devices
  const asker = findDevice(db, deviceId)
  return asker?.enabled === true ? [...devices, asker] : devices
}

/** The same for one device. */
export function tellDevice(
  db: Db,
  device: Device,
  deliveries: readonly NewDelivery[],
  how: Telling,
): readonly string[] {
  return device.enabled ? deliver(db, deliveries, how) : []
}

function deliver(db: Db, deliveries: readonly NewDelivery[], how: Telling): readonly string[] {
  const { now, heardAt = null } = how
  for (const delivery of deliveries) {
    // An older state of the same order must not come to the screen any more, not even as a repetition.
    if (delivery.kind === 'order' && delivery.orderId !== null) {
      supersede(db).run({ deviceId: delivery.deviceId, orderId: delivery.orderId, now })
    }
    const { id, deviceId, kind, orderId, paymentId, body, expiresAt } = delivery
    insert(db).run(id, deviceId, kind, orderId, paymentId, JSON.stringify(body), now, expiresAt, heardAt)
  }
  return [...new Set(deliveries.map(delivery => delivery.deviceId))]
}
