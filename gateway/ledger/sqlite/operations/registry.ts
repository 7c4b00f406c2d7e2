import type { DeviceStatus } from '../../../../protocol/local/up.ts'
import type { Actor } from '../../audit-trail.ts'
import { RegistryError } from '../../ledger.ts'
import type { Device, DeviceSettings, Terminal } from '../../model.ts'
import type { DeviceLogin, NewDevice } from '../../registry-book.ts'
import type { Db } from '../database.ts'
import { prepared } from '../prepared.ts'
import { knownTerminal } from '../registry-cache.ts'
import { type DeviceRow, type TerminalRow, toDevice, toTerminal } from '../rows.ts'
import { writeAudit } from './audit.ts'

const terminalByCode = prepared<[terminalCode: string], TerminalRow>('SELECT * FROM terminals WHERE terminal_code = ?')
const allTerminals = prepared<object, TerminalRow>('SELECT * FROM terminals ORDER BY created_at DESC, terminal_code')
const insertTerminal = prepared<{
  terminalCode: string
  bankCode: string
  bankAccount: string
  holder: string
  name: string
  serviceCode: string | null
  createdAt: number
}>(
  `INSERT INTO terminals (terminal_code, bank_code, bank_account, holder, name, service_code, created_at)
   VALUES ($terminalCode, $bankCode, $bankAccount, $holder, $name, $serviceCode, $createdAt)`,
)
const setTerminal = prepared<{
  terminalCode: string
  bankCode: string
  bankAccount: string
  holder: string
  name: string
  serviceCode: string | null
}>(
  `UPDATE terminals SET bank_code = $bankCode, bank_account = $bankAccount, holder = $holder, name = $name,
     service_code = $serviceCode, host_holder = NULL WHERE terminal_code = $terminalCode`,
)
const deleteTerminal = prepared<{ terminalCode: string }>('DELETE FROM terminals WHERE terminal_code = $terminalCode')
const devicesOf = prepared<{ terminalCode: string }, { device_id: string }>(
  'SELECT device_id FROM devices WHERE terminal_code = $terminalCode ORDER BY device_id',
)
const openOrdersOf = prepared<{ terminalCode: string }, { order_id: string }>(
  `SELECT order_id FROM orders INDEXED BY orders_still_payable
   WHERE terminal_code = $terminalCode AND state IN ('requested','awaiting_payment') ORDER BY created_at LIMIT 3`,
)
const deviceById = prepared<[deviceId: string], DeviceRow>('SELECT * FROM devices WHERE device_id = ?')
const allDevices = prepared<object, DeviceRow>('SELECT * FROM devices ORDER BY created_at DESC, device_id')
const insertDevice = prepared<Omit<NewDevice, 'mosquittoHash'> & { mosquittoHash: string | null }>(
  `INSERT INTO devices (device_id, kind, name, terminal_code, counter, secret_sha256, mosquitto_hash, created_at)
   VALUES ($deviceId, $kind, $name, $terminalCode, $counter, $secretSha256, $mosquittoHash, $createdAt)`,
)
const enabledLogins = prepared<object, DeviceLogin>(
  // VietQR's own boxes have no login of their own, and come to the gateway's listener with either broker.
  `SELECT device_id AS deviceId, mosquitto_hash AS mosquittoHash FROM devices
   WHERE enabled = 1 AND kind NOT IN ('vietqr-box','vietqr-vending') ORDER BY device_id`,
)
const deleteDevice = prepared<{ deviceId: string }>('DELETE FROM devices WHERE device_id = $deviceId')
const deleteBox = prepared<{ deviceId: string }>('DELETE FROM boxes WHERE device_id = $deviceId')
const forgetPresses = prepared<{ deviceId: string }>('DELETE FROM key_presses WHERE device_id = $deviceId')
const updateSettings = prepared<DeviceSettings & { deviceId: string }>(
  `UPDATE devices SET set_volume = $volume, set_language = $language, set_brightness = $brightness
   WHERE device_id = $deviceId`,
)
const updateStatus = prepared<{
  deviceId: string
  now: number
  firmware: string | null
  model: string | null
  battery: number | null
  rssi: number | null
  volume: number | null
  outOfService: number | null
}>(
  `UPDATE devices SET last_seen_at = $now, firmware = coalesce($firmware, firmware), model = coalesce($model, model),
     battery = coalesce($battery, battery), rssi = coalesce($rssi, rssi), volume = coalesce($volume, volume),
     out_of_service = coalesce($outOfService, out_of_service)
   WHERE device_id = $deviceId`,
)

export function findTerminal(db: Db, terminalCode: string): Terminal | null {
  return knownTerminal(db, terminalCode, () => {
    const row = terminalByCode(db).get(terminalCode)
    return row === undefined ? null : toTerminal(row)
  })
}

export function listTerminals(db: Db): readonly Terminal[] {
  return allTerminals(db).all({}).map(toTerminal)
}

export function addTerminal(db: Db, terminal: Omit<Terminal, 'hostHolder'>, by: Actor): void {
  if (findTerminal(db, terminal.terminalCode) !== null) {
    throw new RegistryError(
      'TAKEN',
      `terminal ${terminal.terminalCode} exists already: remove it first, or choose another code`,
    )
  }
  const { terminalCode, bankCode, bankAccount, holder, name, serviceCode, createdAt } = terminal
  insertTerminal(db).run({ terminalCode, bankCode, bankAccount, holder, name, serviceCode, createdAt })
  const details = { bankCode, bankAccount, holder, name, serviceCode }
  writeAudit(db, { action: 'terminals add', subject: terminalCode, details }, createdAt, by)
}

/** Orders that wait were made for the account of before. @throws RegistryError while there are any and the account changes */
export function changeTerminal(db: Db, before: Terminal, after: Terminal, now: number, by: Actor): void {
  const { terminalCode, bankCode, bankAccount, holder, name, serviceCode } = after
  if (before.bankAccount !== bankAccount) refuseOpenOrders(db, terminalCode)
  setTerminal(db).run({ terminalCode, bankCode, bankAccount, holder, name, serviceCode })
  const details = { bankCode, bankAccount, holder, name, serviceCode }
  writeAudit(db, { action: 'terminals change', subject: terminalCode, details }, now, by)
}

export function removeTerminal(db: Db, terminalCode: string, now: number, by: Actor): boolean {
  const devices = devicesOf(db).all({ terminalCode })
  if (devices.length > 0) {
    const ids = devices.map(device => device.device_id).join(', ')
    throw new RegistryError('IN_USE', `terminal ${terminalCode} still has devices: remove ${ids} first`)
  }
  refuseOpenOrders(db, terminalCode)
  if (deleteTerminal(db).run({ terminalCode }).changes === 0) return false
  writeAudit(db, { action: 'terminals remove', subject: terminalCode, details: {} }, now, by)
  return true
}

function refuseOpenOrders(db: Db, terminalCode: string): void {
  const orders = openOrdersOf(db).all({ terminalCode })
  if (orders.length > 0) {
    const ids = orders.map(order => order.order_id).join(', ')
    throw new RegistryError('IN_USE', `terminal ${terminalCode} still has open orders: cancel ${ids} first`)
  }
}

export function findDevice(db: Db, deviceId: string): Device | null {
  const row = deviceById(db).get(deviceId)
  return row === undefined ? null : toDevice(row)
}

export function listDevices(db: Db): readonly Device[] {
  return allDevices(db).all({}).map(toDevice)
}

export function addDevice(db: Db, device: NewDevice, by: Actor): void {
  if (findTerminal(db, device.terminalCode) === null) {
    throw new RegistryError('UNKNOWN', `there is no terminal ${device.terminalCode}: add it with "terminals add"`)
  }
  if (findDevice(db, device.deviceId) !== null) {
    throw new RegistryError('TAKEN', `device ${device.deviceId} exists already: remove it first, or choose another id`)
  }
  insertDevice(db).run({ ...device, mosquittoHash: device.mosquittoHash ?? null })
  const { kind, name, terminalCode, counter } = device
  const details = { kind, terminalCode, name, counter }
  writeAudit(db, { action: 'devices pair', subject: device.deviceId, details }, device.createdAt, by)
}

export function forgetDevice(db: Db, deviceId: string): void {
  // Another device of this name begins its key presses anew.
  forgetPresses(db).run({ deviceId })
  deleteBox(db).run({ deviceId })
  deleteDevice(db).run({ deviceId })
}

export function secretOf(db: Db, deviceId: string): Uint8Array | null {
  const row = deviceById(db).get(deviceId)
  return row === undefined || row.enabled !== 1 ? null : row.secret_sha256
}

export function setDevice(
  db: Db,
  deviceId: string,
  settings: Partial<DeviceSettings>,
  now: number,
  by: Actor,
): Device | null {
  const device = findDevice(db, deviceId)
  if (device === null) return null
  updateSettings(db).run({ deviceId, ...device.settings, ...settings })
  writeAudit(db, { action: 'devices set', subject: deviceId, details: { ...settings } }, now, by)
  return findDevice(db, deviceId)
}

export function listLogins(db: Db): readonly DeviceLogin[] {
  return enabledLogins(db).all({})
}

/** `null` only notes that the device was heard. */
export function noteStatus(db: Db, deviceId: string, status: DeviceStatus | null, now: number): void {
  updateStatus(db).run({
    deviceId,
    now,
    firmware: status?.firmware ?? null,
    model: status?.model ?? null,
    battery: status?.battery ?? null,
    rssi: status?.rssi ?? null,
    volume: status?.volume ?? null,
    outOfService: status?.outOfService === undefined ? null : Number(status.outOfService),
  })
}
