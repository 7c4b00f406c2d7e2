import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'

/** Another process owns this dataDir or its database. */
export class LockedError extends Error {
  override readonly name = 'LockedError'
  readonly code = 'DATA_DIR_IN_USE'
}

/**
 * The right to use a dataDir, held by one process at a time. The lock is the operating system's own on a small SQLite file,
 * so a killed process leaves none behind; the process id beside it is only for the sentence a person reads.
 */
export class DataDirLock {
  readonly #db: Database.Database

  private constructor(db: Database.Database) {
    this.#db = db
  }

  /** @throws LockedError when another process still holds it after `waitMs` milliseconds */
  static take(dataDir: string, waitMs: number): DataDirLock {
    const db = new Database(join(dataDir, 'gateway.lock'), { timeout: waitMs })
    try {
      db.exec('BEGIN EXCLUSIVE')
    } catch (error) {
      db.close()
      throw new LockedError(`${dataDir} is in use by ${owner(dataDir)}: stop it, or give another dataDir`, {
        cause: error,
      })
    }
    noteOwner(dataDir)
    return new DataDirLock(db)
  }

  release(): void {
    this.#db.close()
  }
}

function noteOwner(dataDir: string): void {
  try {
    writeFileSync(join(dataDir, 'gateway.pid'), `${process.pid}\n`)
  } catch {
    // A full disk takes away the sentence, not the right.
  }
}

function owner(dataDir: string): string {
  try {
    return `process ${readFileSync(join(dataDir, 'gateway.pid'), 'utf8').trim()}`
  } catch {
    return 'another process'
  }
}
