import { crashPoint } from '../../crash-point.ts'
import { LedgerUnavailableError } from '../ledger.ts'
import type { Db } from './database.ts'

/**
 * Group commit.
 *
 * Terms. A **job** is one operation of the ledger: reads and writes that belong together. A **group** is all the jobs that
 * were asked for in one turn of the event loop. A group is one transaction, so it costs one flush to disk however many
 * payments it holds; a job's promise settles only after the flush.
 *
 * A group goes: collecting → (end of the turn) running → committed: every job resolves.
 *   - A job throws: the group is rolled back and its jobs run again, each in a transaction of its own; only the one that threw
 *     rejects, with what it threw. Jobs therefore must not remember anything outside the database.
 *   - The commit fails (disk full, read-only, I/O error): every job rejects with LedgerUnavailableError and nothing of the
 *     group is stored. `trouble` then says why until a later commit succeeds.
 */
export class GroupCommit {
  readonly #db: Db
  readonly #committed: (seconds: number) => void
  #group: Job[] = []
  #trouble: string | null = null

  /** `committed` is told how long each commit took, in seconds. */
  constructor(db: Db, committed: (seconds: number) => void) {
    this.#db = db
    this.#committed = committed
  }

  get trouble(): string | null {
    return this.#trouble
  }

  run<T>(work: (db: Db) => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      let result: { readonly value: T } | null = null
      const job: Job = {
        run: () => {
          result = { value: work(this.#db) }
        },
        resolve: () => {
          if (result !== null) resolve(result.value)
        },
        reject,
      }
      this.#group.push(job)
      if (this.#group.length === 1) setImmediate(() => this.#flush())
    })
  }

  /** Settles everything that is still collecting. */
  flush(): void {
    this.#flush()
  }

  #flush(): void {
    const group = this.#group
    this.#group = []
    if (group.length === 0) return
    const failure = this.#commit(group)
    if (failure === null) {
      for (const job of group) job.resolve()
      return
    }
    if (group.length === 1 || this.#isTrouble(failure)) {
      for (const job of group) job.reject(this.#explained(failure))
      return
    }
    for (const job of group) {
      const own = this.#commit([job])
      if (own === null) job.resolve()
      else job.reject(this.#explained(own))
    }
  }

  /** Runs jobs in one transaction; what went wrong, or null. */
  #commit(jobs: readonly Job[]): { readonly error: unknown } | null {
    const started = performance.now()
    try {
      crashPoint('inserting')
      this.#db.exec('BEGIN IMMEDIATE')
      for (const job of jobs) job.run()
      crashPoint('inserted')
      this.#db.exec('COMMIT')
      crashPoint('committed')
      this.#trouble = null
      this.#committed((performance.now() - started) / 1000)
      return null
    } catch (error) {
      this.#rollback()
      return { error }
    }
  }

  #rollback(): void {
    try {
      if (this.#db.inTransaction) this.#db.exec('ROLLBACK')
    } catch {
      // SQLite has rolled back by itself where it can no longer write.
    }
  }

  #isTrouble(failure: { readonly error: unknown }): boolean {
    return diskTrouble(failure.error) !== null
  }

  #explained(failure: { readonly error: unknown }): unknown {
    const trouble = diskTrouble(failure.error)
    if (trouble === null) return failure.error
    this.#trouble = trouble
    return new LedgerUnavailableError(trouble, { cause: failure.error })
  }
}

interface Job {
  run(): void
  resolve(): void
  reject(reason: unknown): void
}

const TROUBLES: readonly (readonly [prefix: string, words: string])[] = [
  ['SQLITE_FULL', 'the disk is full: free some space where dataDir lies'],
  ['SQLITE_READONLY', 'the database is read-only: make dataDir and its files writable for this user'],
  ['SQLITE_IOERR', 'the disk reports an error: check the file system where dataDir lies'],
  ['SQLITE_CANTOPEN', 'the database files cannot be opened: check dataDir and its permissions'],
  ['SQLITE_BUSY', 'another program holds the database: close it'],
  ['SQLITE_CORRUPT', 'the database is damaged: restore the last backup'],
  ['SQLITE_NOTADB', 'the database is damaged: restore the last backup'],
]

/** What is wrong with the disk or the file, in words; null when the error is the job's own. */
function diskTrouble(error: unknown): string | null {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return null
  const { code } = error
  return TROUBLES.find(([prefix]) => code.startsWith(prefix))?.[1] ?? null
}
