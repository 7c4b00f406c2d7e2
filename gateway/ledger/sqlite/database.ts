import { accessSync, constants, existsSync } from 'node:fs'
import { dirname } from 'node:path'
import Database from 'better-sqlite3'
import { sqliteCode } from './disk-trouble.ts'
import { LockedError } from './lock.ts'
import { MIGRATIONS } from './migrations/index.ts'
import { upgrade } from './upgrade.ts'
import { CHECKPOINT_PAGES, KEPT_AFTER_RESTART } from './wal.ts'

export { NewerDatabaseError } from './upgrade.ts'

export type Db = Database.Database

/** The database cannot keep the promise that what is acknowledged is on disk. */
class DurabilityError extends Error {
  override readonly name = 'DurabilityError'
  readonly code = 'NOT_DURABLE'
}

const FULL = 2
/** The system caches the file as well; what is written is the end of a few tables and indexes. */
const CACHE_KIB = 4096
/** How long somebody who looks into the database may take to leave it. */
const PATIENCE_MS = 2000

/**
 * Opens the ledger's database, brings it to this program's schema, and makes sure of its durability. Until it is closed no
 * other connection can open it.
 * @throws NewerDatabaseError, UpgradeError, DurabilityError, LockedError, or what the system or SQLite says about the file
 */
export function openDatabase(file: string, migrations: readonly string[] = MIGRATIONS): Db {
  assertWritable(file)
  return opened(file, { timeout: PATIENCE_MS }, db => upgrade(db, file, migrations))
}

/**
 * Opens again what `openDatabase` had opened, and nothing else: neither a new file nor one of another schema.
 * @throws as openDatabase, and SQLITE_CANTOPEN when there is none
 */
export function reopenDatabase(file: string, schema: number = MIGRATIONS.length): Db {
  return opened(file, { timeout: 0, fileMustExist: true }, db => {
    const found = db.pragma('user_version', { simple: true })
    if (found !== schema) throw new DurabilityError(`${file} has schema ${String(found)} now, no longer ${schema}`)
  })
}

function opened(file: string, options: Database.Options, check: (db: Db) => void): Db {
  const db = new Database(file, options)
  try {
    // The index of the log is then kept in memory, not in a mapped file beside the database: a mapped file ends the
    // process with SIGBUS, where everything else gets an error, when its file system turns read-only or is damaged.
    db.pragma('locking_mode = EXCLUSIVE')
    // better-sqlite3 is compiled to use NORMAL in WAL mode, which can lose the last commits when the power fails.
    db.pragma('synchronous = FULL')
    check(db)
    db.pragma('journal_mode = WAL')
    db.pragma('foreign_keys = ON')
    db.pragma(`cache_size = -${CACHE_KIB}`)
    db.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`)
    db.pragma(`journal_size_limit = ${KEPT_AFTER_RESTART}`)
    assertDurable(db)
    return db
  } catch (error) {
    db.close()
    if (!sqliteCode(error).startsWith('SQLITE_BUSY')) throw error
    throw new LockedError(`${file} is open in another program: close it there`, { cause: error })
  }
}

/** SQLite would open for reading only what it may not write, and find out at the first payment. @throws EACCES, EROFS */
function assertWritable(file: string): void {
  accessSync(dirname(file), constants.W_OK)
  if (existsSync(file)) accessSync(file, constants.W_OK)
}

function assertDurable(db: Db): void {
  const mode = db.pragma('journal_mode', { simple: true })
  const synchronous = db.pragma('synchronous', { simple: true })
  if (mode === 'wal' && synchronous === FULL) return
  throw new DurabilityError(
    `the database runs with journal_mode=${String(mode)}, synchronous=${String(synchronous)}; it must be wal and ${FULL} (FULL). Put dataDir on a local disk`,
  )
}

/** Whether a gateway has ever run with this database. */
export function databaseExists(file: string): boolean {
  return existsSync(file)
}
