/**
 * What SQLite says when it cannot store, in words for an operator, and whether the open connection gets over it by itself.
 *
 * Measured on WAL databases: after a full disk (ENOSPC), a file that may not be written (EPERM), an I/O error and a file
 * system that turned read-only (EROFS) the transaction is rolled back and the connection stays usable: as soon as the disk can
 * write again, so can it. It does not get over a database that could only be opened for reading, nor over a disk that
 * went away and was mounted anew: its file handles stay with the old one.
 */
const TROUBLES: readonly (readonly [prefix: string, healsItself: boolean, words: string])[] = [
  ['SQLITE_FULL', true, 'the disk is full: free some space where dataDir lies'],
  ['SQLITE_BUSY', true, 'another program holds the database: close it'],
  ['SQLITE_READONLY', false, 'the database is read-only: make dataDir and its files writable for this user'],
  ['SQLITE_IOERR', false, 'the disk reports an error: check the file system where dataDir lies'],
  ['SQLITE_CANTOPEN', false, 'the database files cannot be opened: check dataDir and its permissions'],
  ['SQLITE_CORRUPT', false, 'the database is damaged: restore the last backup'],
  ['SQLITE_NOTADB', false, 'the database is damaged: restore the last backup'],
]

export interface DiskTrouble {
  readonly words: string
  /** False where a new connection may be needed. */
  readonly healsItself: boolean
}

/** What is wrong with the disk or the file; null when the error is the job's own. */
export function diskTrouble(error: unknown): DiskTrouble | null {
  const code = sqliteCode(error)
  const known = TROUBLES.find(([prefix]) => code.startsWith(prefix))
  return known === undefined ? null : { healsItself: known[1], words: known[2] }
}

/** SQLite's extended result code, such as `SQLITE_IOERR_FSYNC`; empty for other errors. */
export function sqliteCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}
