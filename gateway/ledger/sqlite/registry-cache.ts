import type { Device, Terminal } from '../model.ts'
import type { Db } from './database.ts'

/**
 * Terminals and their devices as every payment asks for them, kept in memory: between two payments they seldom change, and to read them
 * costs as much as to write half a payment.
 *
 * What is kept is never older than the tables. Triggers of this connection, the only one there is, empty it within every statement
 * that writes to either table, whoever wrote the statement (what a device says of its state is one), and so does a transaction that is
 * taken back.
 */

interface Known {
  readonly terminals: Map<string, Terminal | null>
  /** The enabled ones, by terminal. */
  readonly devices: Map<string, readonly Device[]>
}

/** Made-up codes from outside must not fill the memory. */
const MOST_KEPT = 20_000

const caches = new WeakMap<Db, Known>()

/** From here on what is asked about terminals and devices is kept. Outside of a transaction, right after opening; closed when it fails. */
export function keepRegistry(db: Db): Db {
  const known: Known = { terminals: new Map(), devices: new Map() }
  try {
    watch(db, () => clear(known))
  } catch (error) {
    db.close()
    throw error
  }
  caches.set(db, known)
  return db
}

/** Temporary triggers live in the connection alone; the file knows nothing of them. */
function watch(db: Db, changed: () => void): void {
  db.function('registry_changed', () => {
    changed()
    return null
  })
  for (const table of ['terminals', 'devices']) {
    for (const change of ['INSERT', 'UPDATE', 'DELETE']) {
      db.exec(
        `CREATE TEMP TRIGGER registry_after_${change}_${table} AFTER ${change} ON main.${table}
           BEGIN SELECT registry_changed(); END`,
      )
    }
  }
}

/** The terminal of this code; `read` asks the table. */
export function knownTerminal(db: Db, code: string, read: () => Terminal | null): Terminal | null {
  return remembered(caches.get(db)?.terminals, code, read)
}

/** The enabled devices of a terminal; `read` asks the table. */
export function knownDevices(db: Db, terminalCode: string, read: () => readonly Device[]): readonly Device[] {
  return remembered(caches.get(db)?.devices, terminalCode, read)
}

/** A transaction was taken back: what was read inside it may never have been true. */
export function forgetRegistry(db: Db): void {
  const known = caches.get(db)
  if (known !== undefined) clear(known)
}

function clear({ terminals, devices }: Known): void {
  terminals.clear()
  devices.clear()
}

function remembered<T>(known: Map<string, T> | undefined, key: string, read: () => T): T {
  const value = known?.get(key)
  if (value !== undefined) return value
  const found = read()
  if (known !== undefined && known.size >= MOST_KEPT) known.clear()
  known?.set(key, found)
  return found
}
