import { randomBytes } from 'node:crypto'
import type { BoundNotification, HandleBoxReply } from '../../../../protocol/vietqr/box.ts'
import { boxCodeFromBoxId } from '../../../../protocol/vietqr/checksums.ts'
import { type Actor, ITSELF } from '../../audit-trail.ts'
import type { BoxOrder, CashReport, NewBox } from '../../box-book.ts'
import { RegistryError } from '../../ledger.ts'
import type { Box, LastRequest, Terminal } from '../../model.ts'
import type { Db } from '../database.ts'
import { prepared } from '../prepared.ts'
import { writeAudit } from './audit.ts'
import { addDevice, findDevice, findTerminal } from './registry.ts'

type BoundTerminal = Pick<Terminal, 'terminalCode' | 'bankCode' | 'bankAccount' | 'holder' | 'name'>

interface BoxRow {
  mac: string
  mac_as_said: string
  device_id: string
  kind: Box['kind']
  name: string
  box_id: string | null
  qr_certificate: string | null
  terminal_code: string | null
  bound: string | null
  told_bound_at: number | null
  host_cleared_at: number | null
  created_at: number
}

const byMac = prepared<{ mac: string }, BoxRow>('SELECT * FROM boxes WHERE mac = $mac')
const byBoxId = prepared<{ boxId: string }, BoxRow>('SELECT * FROM boxes WHERE box_id = $boxId')
const byDevice = prepared<{ deviceId: string }, BoxRow>('SELECT * FROM boxes WHERE device_id = $deviceId')
const everyBox = prepared<object, BoxRow>('SELECT * FROM boxes ORDER BY created_at DESC, mac')
const insert = prepared<NewBox>(
  `INSERT INTO boxes (mac, mac_as_said, device_id, kind, name, created_at)
   VALUES ($mac, $macAsSaid, $deviceId, $kind, $name, $createdAt)`,
)
const setReply = prepared<HandleBoxReply & { mac: string; code: string | null }>(
  `UPDATE boxes SET box_id = $boxId, qr_certificate = $qrCertificate, terminal_code = coalesce($code, terminal_code)
   WHERE mac = $mac`,
)
const setBound = prepared<{ mac: string; bound: string; terminalCode: string; now: number }>(
  `UPDATE boxes SET bound = $bound, terminal_code = $terminalCode, bound_at = coalesce(bound_at, $now),
     told_bound_at = NULL WHERE mac = $mac`,
)
const setToldBound = prepared<{ mac: string; at: number | null }>(
  'UPDATE boxes SET told_bound_at = $at WHERE mac = $mac',
)
const setCleared = prepared<{ mac: string; now: number }>('UPDATE boxes SET host_cleared_at = $now WHERE mac = $mac')
const setTerminal = prepared<{
  code: string
  bankCode: string
  bankAccount: string
  holder: string
  name: string
  now: number
}>(
  `INSERT INTO terminals (terminal_code, bank_code, bank_account, holder, name, created_at)
   VALUES ($code, $bankCode, $bankAccount, $holder, $name, $now)
   ON CONFLICT (terminal_code) DO UPDATE SET bank_code = $bankCode, holder = $holder, name = $name,
     host_holder = iif(bank_account = $bankAccount, host_holder, NULL), bank_account = $bankAccount`,
)
const moveDevice = prepared<{ deviceId: string; terminalCode: string }>(
  'UPDATE devices SET terminal_code = $terminalCode WHERE device_id = $deviceId',
)
const setRequest = prepared<{ deviceId: string; orderId: string; request: string }>(
  'UPDATE boxes SET last_order_id = $orderId, last_request = $request WHERE device_id = $deviceId',
)
const requestOf = prepared<{ deviceId: string }, { last_order_id: string | null; last_request: string | null }>(
  'SELECT last_order_id, last_request FROM boxes WHERE device_id = $deviceId',
)
const answerOf = prepared<{ orderId: string }, { payload: Uint8Array }>(
  'SELECT payload FROM raw_messages WHERE order_id = $orderId ORDER BY raw_id DESC LIMIT 1',
)
const referenceOf = prepared<{ orderId: string }, { reference_number: string }>(
  `SELECT reference_number FROM payments WHERE order_id = $orderId AND direction = 'in' AND settled = 1
   ORDER BY received_at DESC LIMIT 1`,
)
const deleteBox = prepared<{ deviceId: string }>('DELETE FROM boxes WHERE device_id = $deviceId')
const insertCash = prepared<CashReport>(
  `INSERT INTO cash_reports (device_id, terminal_code, amount, box_order_id, reported_at)
   VALUES ($deviceId, $terminalCode, $amount, $boxOrderId, $reportedAt)
   ON CONFLICT (device_id, box_order_id) DO NOTHING`,
)

export function registerBox(db: Db, box: NewBox, by: Actor): Box {
  const known = boxOfMac(db, box.mac)
  if (known !== null) {
    if (known.kind === box.kind) {
      setToldBound(db).run({ mac: box.mac, at: null })
      return { ...known, toldBoundAt: null }
    }
    throw new RegistryError('TAKEN', `this MAC is registered as a ${known.kind}: remove ${known.deviceId} first`)
  }
  if (boxOfDevice(db, box.deviceId) !== null || findDevice(db, box.deviceId) !== null) {
    throw new RegistryError('TAKEN', `device ${box.deviceId} exists already: remove it first, or choose another id`)
  }
  insert(db).run(box)
  const { kind, name, macAsSaid: mac } = box
  writeAudit(db, { action: 'devices pair', subject: box.deviceId, details: { kind, mac, name } }, box.createdAt, by)
  return needed(boxOfMac(db, box.mac))
}

export function boxOfMac(db: Db, mac: string): Box | null {
  return toBox(byMac(db).get({ mac }))
}

export function boxOfBoxId(db: Db, boxId: string): Box | null {
  return toBox(byBoxId(db).get({ boxId }))
}

export function boxOfDevice(db: Db, deviceId: string): Box | null {
  return toBox(byDevice(db).get({ deviceId }))
}

export function allBoxes(db: Db): readonly Box[] {
  return everyBox(db)
    .all({})
    .map(row => needed(toBox(row)))
}

/** Another box that has this id already is left alone: one id is one box. */
export function noteReply(db: Db, mac: string, reply: HandleBoxReply): Box | null {
  const known = boxOfMac(db, mac)
  if (known === null) return null
  const owner = boxOfBoxId(db, reply.boxId)
  if (owner !== null && owner.mac !== mac) {
    throw new RegistryError('TAKEN', `the host gave ${known.deviceId} the id of ${owner.deviceId}: remove one of them`)
  }
  const { boxId, qrCertificate } = reply
  setReply(db).run({ mac, boxId, qrCertificate, code: boxCodeFromBoxId(boxId) })
  return boxOfMac(db, mac)
}

/** The box listens on the topics of the code in its id; only an id without one leaves the choice to the notification. */
export function bindBox(db: Db, boxId: string, bound: BoundNotification, now: number): Box | null {
  const box = boxOfBoxId(db, boxId)
  if (box === null) return null
  const code = boxCodeFromBoxId(boxId) ?? (bound.terminalCode || box.terminalCode)
  if (code === null) throw new RegistryError('UNKNOWN', `the host bound ${box.deviceId} without naming a terminal`)
  const { bankCode, bankAccount, userBankName: holder, terminalName } = bound
  const name = terminalName || box.name
  const before = findTerminal(db, code)
  setTerminal(db).run({ code, bankCode, bankAccount, holder, name, now })
  auditTerminal(db, before, { terminalCode: code, bankCode, bankAccount, holder, name }, now)
  setBound(db).run({ mac: box.mac, bound: JSON.stringify(bound), terminalCode: code, now })
  const { deviceId, kind } = box
  if (findDevice(db, deviceId) !== null) moveDevice(db).run({ deviceId, terminalCode: code })
  else {
    // Nobody has this secret: a box logs in with the login of all boxes, on their listener only.
    const secretSha256 = randomBytes(32)
    addDevice(
      db,
      { deviceId, kind, name: box.name, terminalCode: code, counter: null, secretSha256, createdAt: now },
      ITSELF,
    )
  }
  return boxOfMac(db, box.mac)
}

export function noteToldBound(db: Db, mac: string, now: number): void {
  setToldBound(db).run({ mac, at: now })
}

export function noteHostCleared(db: Db, mac: string, now: number): void {
  setCleared(db).run({ mac, now })
}

export function noteRequest(db: Db, deviceId: string, { orderId, ...request }: LastRequest): void {
  setRequest(db).run({ deviceId, orderId, request: JSON.stringify(request) })
}

export function lastRequest(db: Db, deviceId: string): LastRequest | null {
  const row = requestOf(db).get({ deviceId })
  if (row === undefined || row.last_order_id === null || row.last_request === null) return null
  const request: Omit<LastRequest, 'orderId'> = JSON.parse(row.last_request)
  return { orderId: row.last_order_id, ...request }
}

export function orderParts(db: Db, orderId: string): BoxOrder {
  return {
    answer: answerOf(db).get({ orderId })?.payload ?? null,
    referenceNumber: referenceOf(db).get({ orderId })?.reference_number ?? null,
  }
}

/** A box that was never bound is no device yet. False: there is none. */
export function forgetBox(db: Db, deviceId: string, now: number, by: Actor): boolean {
  const box = boxOfDevice(db, deviceId)
  if (box === null) return false
  deleteBox(db).run({ deviceId })
  const { kind, macAsSaid: mac } = box
  writeAudit(db, { action: 'devices remove', subject: deviceId, details: { kind, mac } }, now, by)
  return true
}

export function takeCash(db: Db, report: CashReport): boolean {
  return insertCash(db).run(report).changes > 0
}

/** The merchant's activation moves money to another account without a person at the gateway. The same once more changes nothing. */
function auditTerminal(db: Db, before: Terminal | null, after: BoundTerminal, now: number): void {
  const { terminalCode: subject, ...details } = after
  const { bankCode, bankAccount, holder, name } = details
  if (before === null) writeAudit(db, { action: 'terminals add', subject, details }, now, ITSELF)
  else if (
    [bankCode, bankAccount, holder, name].join('\n') !==
    [before.bankCode, before.bankAccount, before.holder, before.name].join('\n')
  )
    writeAudit(db, { action: 'terminals change', subject, details }, now, ITSELF)
}

function toBox(row: BoxRow | undefined): Box | null {
  if (row === undefined) return null
  return {
    mac: row.mac,
    macAsSaid: row.mac_as_said,
    deviceId: row.device_id,
    kind: row.kind,
    name: row.name,
    boxId: row.box_id,
    qrCertificate: row.qr_certificate,
    terminalCode: row.terminal_code,
    bound: row.bound === null ? null : JSON.parse(row.bound),
    toldBoundAt: row.told_bound_at,
    hostClearedAt: row.host_cleared_at,
    createdAt: row.created_at,
  }
}

function needed(box: Box | null): Box {
  if (box === null) throw new Error('a box that was just written is not there')
  return box
}
