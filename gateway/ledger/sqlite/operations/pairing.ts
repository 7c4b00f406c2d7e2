import type { DeviceKind } from '../../../../protocol/local/topics.ts'
import type { Telling, Voice } from '../../../devices/profiles/profile.ts'
import { type Actor, ITSELF } from '../../audit-trail.ts'
import { RegistryError } from '../../ledger.ts'
import type { NewWindow, PairingAsker, PairingBook, PairingWindow, WindowEnd } from '../../pairing-book.ts'
import type { ChangedDevice, NewDevice } from '../../registry-book.ts'
import type { Db } from '../database.ts'
import { prepared } from '../prepared.ts'
import { writeAudit } from './audit.ts'
import { removeDevice } from './change-device.ts'
import { addDevice, findDevice, findTerminal, secretOf } from './registry.ts'
import { telling } from './tell-devices.ts'

interface WindowRow {
  window_id: string
  state: PairingWindow['state']
  code_salt: Uint8Array
  code_hash: Uint8Array
  terminal_code: string | null
  opened_at: number
  expires_at: number
  tries_left: number
  client_id: string | null
  serial: string | null
  kind: DeviceKind | null
  address: string | null
  rival_serial: string | null
  rival_kind: DeviceKind | null
  rival_address: string | null
  device_id: string | null
  device_secret: Uint8Array | null
  sealed: Uint8Array | null
  ended: WindowEnd | null
}

const present = prepared<object, WindowRow>('SELECT * FROM pairing_window')
const replace = prepared<NewWindow>(
  `INSERT OR REPLACE INTO pairing_window
     (id, window_id, state, code_salt, code_hash, terminal_code, opened_at, expires_at, tries_left)
   VALUES (1, $windowId, 'open', $codeSalt, $codeHash, $terminalCode, $openedAt, $expiresAt, $triesLeft)`,
)
const setTries = prepared<{ triesLeft: number }>('UPDATE pairing_window SET tries_left = $triesLeft')
const setAsker = prepared<PairingAsker>(
  `UPDATE pairing_window SET state = 'asked', client_id = $clientId, serial = $serial, kind = $kind, address = $address`,
)
const setRival = prepared<Omit<PairingAsker, 'clientId'>>(
  `UPDATE pairing_window SET state = 'contested', rival_serial = $serial, rival_kind = $kind, rival_address = $address`,
)
const setConfirmed = prepared<{ deviceId: string; secret: Uint8Array; sealed: Uint8Array; expiresAt: number }>(
  `UPDATE pairing_window SET state = 'confirmed', device_id = $deviceId, device_secret = $secret, sealed = $sealed,
     expires_at = $expiresAt`,
)
const setOver = prepared<{ ended: WindowEnd }>(
  `UPDATE pairing_window SET state = 'over', ended = $ended, sealed = NULL, device_secret = NULL, client_id = NULL`,
)

/** The pairing book on a database; `run` makes a transaction. Other brokers need not hear of new logins: no window opens there. */
export function pairingOn(run: Run, voice: Voice): PairingBook {
  return {
    newest: () => run(newest),
    open: (window, by) => run(db => open(db, window, by)),
    wrongCode: (windowId, address, now) => run(db => wrongCode(db, windowId, address, now)),
    ask: (windowId, asker, now) => run(db => ask(db, windowId, asker, now)),
    confirm: (windowId, device, sealed, expiresAt, by) =>
      run(db => confirm(db, { windowId, device, sealed, expiresAt, by })),
    end: (windowId, arrived, now) => run(db => end(db, windowId, arrived, telling(now, voice))),
  }
}

type Run = <T>(work: (db: Db) => T) => Promise<T>

function newest(db: Db): PairingWindow | null {
  const row = present(db).get({})
  return row === undefined ? null : toWindow(row)
}

function open(db: Db, window: NewWindow, by: Actor): void {
  const { terminalCode } = window
  if (terminalCode !== null && findTerminal(db, terminalCode) === null) {
    throw new RegistryError('UNKNOWN', `there is no terminal ${terminalCode}: add it with "terminals add"`)
  }
  const before = present(db).get({})
  if (before !== undefined && isAwaited(db, before)) {
    const id = before.device_id
    throw new RegistryError(
      'IN_USE',
      `device ${id} was confirmed and has not connected yet: wait, or "devices remove ${id}"`,
    )
  }
  if (before !== undefined && before.state !== 'over') {
    const details = { reason: 'another window was opened', serial: before.serial }
    writeAudit(db, { action: 'pairing close', subject: before.window_id, details }, window.openedAt, by)
  }
  replace(db).run(window)
  const details = { terminalCode, seconds: Math.round((window.expiresAt - window.openedAt) / 1000) }
  writeAudit(db, { action: 'pairing open', subject: window.windowId, details }, window.openedAt, by)
}

function wrongCode(db: Db, windowId: string, address: string, now: number): number {
  const row = living(db, windowId)
  if (row === undefined) return 0
  const triesLeft = Math.max(0, row.tries_left - 1)
  setTries(db).run({ triesLeft })
  if (triesLeft > 0) return triesLeft
  setOver(db).run({ ended: 'tries' })
  const details = { reason: 'too many wrong codes', address }
  writeAudit(db, { action: 'pairing close', subject: windowId, details }, now, ITSELF)
  return 0
}

function ask(db: Db, windowId: string, asker: PairingAsker, now: number): 'asked' | 'another' | 'contested' {
  const row = living(db, windowId)
  if (row === undefined || row.state === 'contested') return 'contested'
  const { clientId, serial, kind, address } = asker
  const details = { serial, kind, address }
  if (row.client_id === null) {
    setAsker(db).run(asker)
    writeAudit(db, { action: 'pairing ask', subject: windowId, details }, now, ITSELF)
    return 'asked'
  }
  if (row.client_id === clientId) return row.serial === serial && row.kind === kind ? 'asked' : 'another'
  if (row.state === 'confirmed') return 'contested'
  setRival(db).run({ serial, kind, address })
  writeAudit(db, { action: 'pairing contested', subject: windowId, details }, now, ITSELF)
  return 'contested'
}

interface Confirmation {
  readonly windowId: string
  readonly device: NewDevice
  readonly sealed: Uint8Array
  readonly expiresAt: number
  readonly by: Actor
}

function confirm(db: Db, { windowId, device, sealed, expiresAt, by }: Confirmation): void {
  const row = living(db, windowId)
  if (row?.state !== 'asked') throw new RegistryError('IN_USE', 'the pairing window has changed meanwhile; look again')
  addDevice(db, device, by)
  const { deviceId, createdAt, secretSha256: secret } = device
  setConfirmed(db).run({ deviceId, secret, sealed, expiresAt })
  const details = { windowId, serial: row.serial, kind: row.kind, address: row.address }
  writeAudit(db, { action: 'pairing confirm', subject: deviceId, details }, createdAt, by)
}

function end(db: Db, windowId: string, arrived: boolean, how: Telling): ChangedDevice | null {
  const row = living(db, windowId)
  if (row === undefined) return null
  const removed = !arrived && isAwaited(db, row) ? removeDevice(db, row.device_id ?? '', ITSELF, how) : null
  const isUsed = row.state === 'confirmed' && removed === null
  setOver(db).run({ ended: isUsed ? 'used' : 'expired' })
  const reason = isUsed ? 'the device has its credentials' : 'its time is over'
  const details = { reason, serial: row.serial, deviceId: row.device_id, removed: removed !== null }
  writeAudit(db, { action: 'pairing close', subject: windowId, details }, how.now, ITSELF)
  return removed
}

/** Whether a device of this window was confirmed, is as it was then, and has never been here. */
function isAwaited(db: Db, row: WindowRow): boolean {
  if (row.state !== 'confirmed' || row.device_id === null || row.device_secret === null) return false
  const secret = secretOf(db, row.device_id)
  const seen = findDevice(db, row.device_id)?.lastSeenAt ?? 0
  return secret !== null && Buffer.compare(secret, row.device_secret) === 0 && seen === 0
}

function living(db: Db, windowId: string): WindowRow | undefined {
  const row = present(db).get({})
  return row?.window_id === windowId && row.state !== 'over' ? row : undefined
}

function toWindow(row: WindowRow): PairingWindow {
  const { client_id: clientId, serial, kind, address } = row
  const { rival_serial: rivalSerial, rival_kind: rivalKind, rival_address: rivalAddress } = row
  return {
    windowId: row.window_id,
    state: row.state,
    codeSalt: row.code_salt,
    codeHash: row.code_hash,
    terminalCode: row.terminal_code,
    openedAt: row.opened_at,
    expiresAt: row.expires_at,
    triesLeft: row.tries_left,
    asker:
      serial === null || kind === null || address === null ? null : { clientId: clientId ?? '', serial, kind, address },
    rival:
      rivalSerial === null || rivalKind === null || rivalAddress === null
        ? null
        : { serial: rivalSerial, kind: rivalKind, address: rivalAddress },
    deviceId: row.device_id,
    sealed: row.sealed,
    end: row.ended,
  }
}
