import { randomBytes } from 'node:crypto'
import { closeSync, fsyncSync, openSync, rmSync } from 'node:fs'
import Database from 'better-sqlite3'

/** Copies of the database: for their owner alone, and believed only after they were read back. */

/** The copy is not what it should be. */
class UnsoundCopyError extends Error {
  override readonly name = 'UnsoundCopyError'
  readonly code = 'COPY_UNSOUND'
}

/** An empty file beside `target`, mode 0600 before there is anything in it. */
export function createCopyFile(target: string): string {
  const temporary = `${target}.${randomBytes(6).toString('hex')}.tmp`
  closeSync(openSync(temporary, 'wx', 0o600))
  return temporary
}

/** Removes a copy that is not wanted, with what SQLite may have put beside it. */
export function discardCopy(temporary: string): void {
  for (const more of ['', '-journal', '-wal', '-shm']) rmSync(`${temporary}${more}`, { force: true })
}

/**
 * Reads a whole copy: every page, every index, and its schema. Afterwards the copy is one file that can be read from
 * anywhere, also where nothing can be written.
 * @returns what `look` sees in it
 * @throws UnsoundCopyError, SqliteError
 */
export function assertSound<T>(copy: string, version: number, look: (db: Database.Database) => T): T {
  const db = new Database(copy, { fileMustExist: true })
  try {
    db.pragma('journal_mode = DELETE')
    const said = db.pragma('integrity_check', { simple: true })
    if (said !== 'ok') throw new UnsoundCopyError(`the copy is damaged: ${String(said)}`)
    const schema = db.pragma('user_version', { simple: true })
    if (schema !== version) throw new UnsoundCopyError(`the copy has schema ${String(schema)}, not ${version}`)
    return look(db)
  } finally {
    db.close()
  }
}

/** Waits until a file, or the names in a folder, are on disk. Not every system can do this to a folder. */
export function syncFile(path: string): void {
  if (process.platform === 'win32') return
  const handle = openSync(path, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}
