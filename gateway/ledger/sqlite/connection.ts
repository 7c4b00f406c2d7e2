import type { Db } from './database.ts'

/** What is thrown while there is no connection; its code is one of SQLite's, because it means the same. */
class ClosedError extends Error {
  override readonly name = 'ClosedError'
  readonly code = 'SQLITE_CANTOPEN'
}

/** The one connection to the database; it can be replaced by a new one when the disk it is on has come back as another. */
export class Connection {
  readonly #open: () => Db
  #db: Db

  /** `open` opens the same database again. */
  constructor(db: Db, open: () => Db) {
    this.#db = db
    this.#open = open
  }

  /** @throws ClosedError while the last attempt to open it failed */
  get db(): Db {
    if (!this.#db.open) throw new ClosedError('the database is closed: it could not be opened again')
    return this.#db
  }

  /** Closes the connection and opens another; only one can hold the database. @throws what opening throws */
  renew(): void {
    this.#db.close()
    this.#db = this.#open()
  }

  close(): void {
    this.#db.close()
  }
}
