import type { Telling } from '../../../devices/profiles/profile.ts'
import type { Actor } from '../../audit-trail.ts'
import { RegistryError } from '../../ledger.ts'
import type { Device } from '../../model.ts'
import type { ChangedDevice, DeviceChange, LeftBehind, StoredCredentials } from '../../registry-book.ts'
import type { Db } from '../database.ts'
import { prepared } from '../prepared.ts'
import { type Audited, writeAudit } from './audit.ts'
import { detachOrders, leaveShop } from './leave-shop.ts'
import { findDevice, findTerminal, forgetDevice } from './registry.ts'

const update = prepared<{
  deviceId: string
  name: string
  terminalCode: string
  counter: string | null
  enabled: 0 | 1
}>(
  `UPDATE devices SET name = $name, terminal_code = $terminalCode, counter = $counter, enabled = $enabled
   WHERE device_id = $deviceId`,
)
const setSecret = prepared<{ deviceId: string; secretSha256: Uint8Array; mosquittoHash: string | null }>(
  'UPDATE devices SET secret_sha256 = $secretSha256, mosquitto_hash = $mosquittoHash WHERE device_id = $deviceId',
)

const NOTHING: LeftBehind = { ended: [], orders: [], told: [] }

/** Changes what the registry says of a device; null: there is none of this id. A change to what it is already changes nothing. */
export function changeDevice(
  db: Db,
  deviceId: string,
  change: DeviceChange,
  by: Actor,
  how: Telling,
): ChangedDevice | null {
  const before = findDevice(db, deviceId)
  if (before === null) return null
  const after = changed(before, change)
  const isSame =
    after.name === before.name &&
    after.terminalCode === before.terminalCode &&
    after.counter === before.counter &&
    after.enabled === before.enabled
  if (isSame) return { device: before, changed: false, ...NOTHING }
  if (findTerminal(db, after.terminalCode) === null) {
    throw new RegistryError('UNKNOWN', `there is no terminal ${after.terminalCode}: add it with "terminals add"`)
  }
  const { name, terminalCode, counter, enabled } = after
  update(db).run({ deviceId, name, terminalCode, counter, enabled: enabled ? 1 : 0 })
  writeAudit(db, entryOf(before, after, change), how.now, by)
  const left = leaves(before, after)
  return { device: after, changed: true, ...(left === null ? NOTHING : leaveShop(db, before, left, how)) }
}

/** New credentials; the old ones are worth nothing from the commit on. False: there is no device of this id. */
export function rotateDevice(
  db: Db,
  deviceId: string,
  credentials: StoredCredentials,
  now: number,
  by: Actor,
): boolean {
  const { secretSha256, mosquittoHash } = credentials
  if (setSecret(db).run({ deviceId, secretSha256, mosquittoHash: mosquittoHash ?? null }).changes === 0) return false
  writeAudit(db, { action: 'devices rotate', subject: deviceId, details: {} }, now, by)
  return true
}

/** Forgets a device: whoever gets its id later is another. Null: there is none of this id. */
export function removeDevice(db: Db, deviceId: string, by: Actor, how: Telling): ChangedDevice | null {
  const device = findDevice(db, deviceId)
  if (device === null) return null
  // Gone first: of what ends with it, it is not to be told any more.
  forgetDevice(db, deviceId)
  const left = leaveShop(db, device, 'the device was removed', how)
  detachOrders(db, device)
  const { kind, terminalCode } = device
  writeAudit(db, { action: 'devices remove', subject: deviceId, details: { kind, terminalCode } }, how.now, by)
  return { device, changed: true, ...left }
}

function changed(device: Device, change: DeviceChange): Device {
  switch (change.action) {
    case 'rename':
      return { ...device, name: change.name }
    case 'move':
      return { ...device, terminalCode: change.terminalCode, counter: change.counter ?? device.counter }
    case 'disable':
      return { ...device, enabled: false }
    case 'enable':
      return { ...device, enabled: true }
  }
}

function entryOf(before: Device, after: Device, change: DeviceChange): Audited {
  const entry = { action: `devices ${change.action}`, subject: before.deviceId }
  switch (change.action) {
    case 'rename':
      return { ...entry, details: { from: before.name, to: after.name } }
    case 'move':
      return { ...entry, details: { from: before.terminalCode, to: after.terminalCode, counter: after.counter } }
    case 'disable':
    case 'enable':
      return { ...entry, details: {} }
  }
}

/** Why the device is done with what it had to do; null when it goes on. */
function leaves(before: Device, after: Device): string | null {
  if (before.enabled && !after.enabled) return 'the device was disabled'
  if (before.terminalCode !== after.terminalCode) return `the device was moved to terminal ${after.terminalCode}`
  return null
}
