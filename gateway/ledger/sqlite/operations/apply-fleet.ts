import type { Telling } from '../../../devices/profiles/profile.ts'
import type { Actor } from '../../audit-trail.ts'
import { RegistryError } from '../../ledger.ts'
import type { Device } from '../../model.ts'
import type {
  ChangedDevice,
  DeclaredDevice,
  DeclaredTerminal,
  DeviceChange,
  Fleet,
  FleetChange,
  FleetChanges,
} from '../../registry-book.ts'
import type { Db } from '../database.ts'
import { writeAudit } from './audit.ts'
import { changeDevice, removeDevice } from './change-device.ts'
import * as registry from './registry.ts'

/**
 * A declared fleet: terminals first, so that devices find theirs, then devices, then terminals that go, which must be empty by
 * then. Everything happens in one transaction; a dry run is the same transaction, taken back.
 */

/** Thrown to take a dry run back. */
class TakenBack extends Error {
  readonly changes: FleetChanges
  constructor(changes: FleetChanges) {
    super('a dry run')
    this.changes = changes
  }
}

interface Work {
  readonly db: Db
  readonly by: Actor
  readonly how: Telling
  readonly changes: FleetChange[]
  readonly left: ChangedDevice[]
}

export async function applyFleet(
  run: <T>(work: (db: Db) => T) => Promise<T>,
  fleet: Fleet,
  dryRun: boolean,
  by: Actor,
  how: Telling,
): Promise<FleetChanges> {
  try {
    return await run(db => {
      const changes = apply({ db, by, how, changes: [], left: [] }, fleet)
      if (dryRun) throw new TakenBack(changes)
      return changes
    })
  } catch (error) {
    if (error instanceof TakenBack) return error.changes
    throw error
  }
}

function apply(work: Work, { terminals, devices }: Fleet): FleetChanges {
  for (const [at, terminal] of terminals.entries()) {
    if (!terminal.removed) entry(`terminals[${at}]`, terminal.terminalCode, () => setTerminal(work, terminal))
  }
  for (const [at, device] of devices.entries()) {
    entry(`devices[${at}]`, device.deviceId, () =>
      device.removed ? dropDevice(work, device) : setDevice(work, device),
    )
  }
  for (const [at, terminal] of terminals.entries()) {
    if (terminal.removed) entry(`terminals[${at}]`, terminal.terminalCode, () => dropTerminal(work, terminal))
  }
  const { db, by, how, changes, left } = work
  const count = (kind: FleetChange['change']) => changes.filter(({ change }) => change === kind).length
  const details = { added: count('add'), changed: count('change'), removed: count('remove') }
  if (changes.length > 0) writeAudit(db, { action: 'apply', subject: 'fleet', details }, how.now, by)
  return { changes, unchanged: terminals.length + devices.length - changes.length, left }
}

/** A refusal names the entry of the file. */
function entry(path: string, id: string, act: () => void): void {
  try {
    act()
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error
    throw new RegistryError(error.code, `${path} (${id}): ${error.message}`)
  }
}

function setTerminal({ db, by, how, changes }: Work, declared: Exclude<DeclaredTerminal, { removed: true }>): void {
  const { terminalCode, bankCode, bankAccount, holder } = declared
  const before = registry.findTerminal(db, terminalCode)
  const name = declared.name ?? before?.name ?? terminalCode
  const serviceCode = declared.serviceCode ?? before?.serviceCode ?? null
  const wanted = { terminalCode, bankCode, bankAccount, holder, name, serviceCode }
  if (before === null) {
    registry.addTerminal(db, { ...wanted, createdAt: how.now }, by)
    changes.push({ change: 'add', what: 'terminal', id: terminalCode, fields: {} })
    return
  }
  const fields = differences(before, wanted)
  if (Object.keys(fields).length === 0) return
  registry.changeTerminal(db, before, { ...before, ...wanted }, how.now, by)
  changes.push({ change: 'change', what: 'terminal', id: terminalCode, fields })
}

function dropTerminal({ db, by, how, changes }: Work, { terminalCode }: DeclaredTerminal): void {
  if (registry.removeTerminal(db, terminalCode, how.now, by)) {
    changes.push({ change: 'remove', what: 'terminal', id: terminalCode, fields: {} })
  }
}

function setDevice(work: Work, declared: Exclude<DeclaredDevice, { removed: true }>): void {
  const { db, by, how, changes } = work
  const { deviceId, kind, terminalCode, credentials } = declared
  const before = registry.findDevice(db, deviceId)
  if (before === null) {
    const { name = deviceId, counter = null, enabled = true } = declared
    registry.addDevice(db, { deviceId, kind, terminalCode, name, counter, ...credentials, createdAt: how.now }, by)
    if (!enabled) changeDevice(db, deviceId, { action: 'disable' }, by, how)
    changes.push({ change: 'add', what: 'device', id: deviceId, fields: {} })
    return
  }
  if (before.kind !== kind) {
    const why = `is a ${before.kind} and cannot become a ${kind}: give the new device another id, and this one "removed: true"`
    throw new RegistryError('TAKEN', why)
  }
  const { name, counter, enabled } = { ...before, ...defined(declared) }
  const fields = differences(before, { terminalCode, name, counter, enabled })
  if (Object.keys(fields).length === 0) return
  for (const change of stepsFrom(before, { ...before, terminalCode, name, counter, enabled })) {
    const changed = changeDevice(db, deviceId, change, by, how)
    if (changed?.changed === true && (change.action === 'move' || change.action === 'disable')) work.left.push(changed)
  }
  changes.push({ change: 'change', what: 'device', id: deviceId, fields })
}

function dropDevice({ db, by, how, changes, left }: Work, { deviceId }: DeclaredDevice): void {
  const removed = removeDevice(db, deviceId, by, how)
  if (removed === null) return
  left.push(removed)
  changes.push({ change: 'remove', what: 'device', id: deviceId, fields: {} })
}

function defined({ name, counter, enabled }: Exclude<DeclaredDevice, { removed: true }>): Partial<Device> {
  return {
    ...(name === undefined ? {} : { name }),
    ...(counter === undefined ? {} : { counter }),
    ...(enabled === undefined ? {} : { enabled }),
  }
}

function stepsFrom(before: Device, { name, terminalCode, counter, enabled }: Device): readonly DeviceChange[] {
  const steps: DeviceChange[] = []
  if (name !== before.name) steps.push({ action: 'rename', name })
  if (terminalCode !== before.terminalCode || counter !== before.counter) {
    steps.push({ action: 'move', terminalCode, counter: counter ?? undefined })
  }
  if (enabled !== before.enabled) steps.push({ action: enabled ? 'enable' : 'disable' })
  return steps
}

function differences<T extends object>(before: T, wanted: Partial<T>): FleetChange['fields'] {
  const old = new Map<string, unknown>(Object.entries(before))
  const changed = Object.entries(wanted).filter(([key, to]) => old.get(key) !== to)
  return Object.fromEntries(changed.map(([key, to]) => [key, { from: old.get(key), to }]))
}
