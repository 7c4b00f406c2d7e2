import { existsSync } from 'node:fs'
import Database from 'better-sqlite3'
import { crashPoint } from '../../crash-point.ts'
import { MIGRATIONS } from './migrations/index.ts'

export type Db = Database.Database

/** The database was written by a newer program than this one. */
export class NewerDatabaseError extends Error {
  override readonly name = 'NewerDatabaseError'
  readonly code = 'DATABASE_NEWER'
}

/** The database cannot keep the promise that what is acknowledged is on disk. */
class DurabilityError extends Error {
  override readonly name = 'DurabilityError'
  readonly code = 'NOT_DURABLE'
}

const FULL = 2

/**
 * Opens the ledger's database, brings it to this program's schema, and makes sure of its durability.
 * @throws NewerDatabaseError, DurabilityError, or better-sqlite3's SqliteError when the file cannot be used
 */
export function openDatabase(file: string): Db {
  const db = new Database(file)
  try {
    db.pragma('journal_mode = WAL')
    // better-sqlite3 is compiled to use NORMAL in WAL mode, which can lose the last commits when the power fails.
    db.pragma('synchronous = FULL')
    db.pragma('foreign_keys = ON')
    db.pragma('busy_timeout = 2000')
    // A burst must not leave a huge log behind on a small disk.
    db.pragma('journal_size_limit = 16777216')
    assertDurable(db)
    migrate(db, file)
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

function assertDurable(db: Db): void {
  const mode = db.pragma('journal_mode', { simple: true })
  const synchronous = db.pragma('synchronous', { simple: true })
  if (mode === 'wal' && synchronous === FULL) return
  throw new DurabilityError(
    `the database runs with journal_mode=${String(mode)}, synchronous=${String(synchronous)}; it must be wal and ${FULL} (FULL). Put dataDir on a local disk that supports shared memory`,
  )
}

function migrate(db: Db, file: string): void {
  const version = Number(db.pragma('user_version', { simple: true }))
  if (version > MIGRATIONS.length) {
    throw new NewerDatabaseError(
      `${file} has schema ${version}, this program knows ${MIGRATIONS.length}: install the newer program again, or restore the backup made before the upgrade`,
    )
  }
  for (const [index, sql] of MIGRATIONS.entries()) {
    if (index < version) continue
    db.transaction(() => {
      db.exec(sql)
      db.pragma(`user_version = ${index + 1}`)
      crashPoint('migrating')
    })()
    crashPoint('migrated')
  }
}

/** Whether a gateway has ever run with this database. */
export function databaseExists(file: string): boolean {
  return existsSync(file)
}
