import { crashPoint } from '../../crash-point.ts'
import { LedgerUnavailableError } from '../ledger.ts'
import type { Db } from './database.ts'
import { diskTrouble } from './disk-trouble.ts'
import { prepared } from './prepared.ts'
import { proveWritable } from './probe.ts'
import { forgetRegistry } from './registry-cache.ts'

/**
 * Group commit.
 *
 * Terms. A **job** is one operation of the ledger: reads and writes that belong together. A **group** is one transaction, so it
 * costs one flush to disk however many payments it holds; a job's promise settles only after the flush. All jobs that were asked for
 * in one turn of the event loop are in one group, up to `MOST_JOBS`. While each turn brings more jobs, the group waits for the next
 * one, `MOST_TURNS` at the most: what a commit costs is worth reading the network once more. A job that comes alone waits for one
 * turn in which nothing else is to do.
 *
 * A group goes: collecting → (a turn brought nothing more) running → committed: every job resolves.
 *   - A job throws: the group is rolled back and its jobs run again, each in a transaction of its own; only the one that threw
 *     rejects, with what it threw. Jobs therefore must not remember anything outside the database; what the registry's memory
 *     holds is forgotten with them.
 *   - The commit fails (disk full, read-only, I/O error): every job rejects with LedgerUnavailableError and nothing of the
 *     group is stored. `trouble` then says why until `prove` has stored something: a group that only reads commits on a full
 *     disk too, so no group proves anything.
 */

/** A longer transaction would make the write-ahead log outgrow its bound and keep the first job waiting for the last. */
export const MOST_JOBS = 512
/** Each of them makes the first job of the group wait for what the network brought in it. */
const MOST_TURNS = 4

const totalChanges = prepared<object, { total: number }>('SELECT total_changes() AS total')

export class GroupCommit {
  readonly #connection: { readonly db: Db }
  readonly #committed: (seconds: number) => void
  #collecting: AnyJob[] = []
  #planned = false
  #trouble: string | null = null
  #writes = 0

  /** `committed` is told how long each commit took, in seconds. */
  constructor(connection: { readonly db: Db }, committed: (seconds: number) => void) {
    this.#connection = connection
    this.#committed = committed
  }

  get trouble(): string | null {
    return this.#trouble
  }

  /** Groups that changed something; upkeep does not count. */
  get writes(): number {
    return this.#writes
  }

  run<T>(work: (db: Db) => T): Promise<T> {
    return this.#collect(work, false)
  }

  /** The same for work nobody waits for. */
  aside<T>(work: (db: Db) => T): Promise<T> {
    return this.#collect(work, true)
  }

  /** Asks what is on disk now, without a turn of waiting: what is still collecting is not in the answer. */
  async read<T>(work: (db: Db) => T): Promise<T> {
    try {
      return work(this.#connection.db)
    } catch (error) {
      throw this.#explained(error)
    }
  }

  /** Settles everything that is still collecting. */
  flush(): void {
    while (this.#collecting.length > 0) this.#flushGroup()
  }

  /** Something outside of a group found the disk in trouble. */
  note(error: unknown): void {
    this.#trouble = diskTrouble(error)?.words ?? `the database cannot be written: ${String(error)}`
  }

  /**
   * Ends the trouble by storing something for real.
   * @throws SqliteError when it is not over
   */
  prove(): void {
    try {
      proveWritable(this.#connection.db)
      this.#trouble = null
    } catch (error) {
      this.note(error)
      throw error
    }
  }

  #collect<T>(work: (db: Db) => T, aside: boolean): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#collecting.push(new Job(work, aside, resolve, reject))
      this.#plan()
    })
  }

  #plan(): void {
    if (this.#planned) return
    this.#planned = true
    this.#afterTurn(0, MOST_TURNS)
  }

  /** `before`: how many jobs there were a turn ago; `turns`: how many more may pass. */
  #afterTurn(before: number, turns: number): void {
    setImmediate(() => {
      const { length } = this.#collecting
      if (length > before && length < MOST_JOBS && turns > 0) return this.#afterTurn(length, turns - 1)
      this.#planned = false
      this.#flushGroup()
      // What is left over waits for a turn, so that the network is heard between two groups.
      if (this.#collecting.length > 0) this.#plan()
    })
  }

  #flushGroup(): void {
    const group = this.#collecting.splice(0, MOST_JOBS)
    if (group.length === 0) return
    const failure = this.#commit(group)
    if (failure === null) {
      for (const job of group) job.resolve()
      return
    }
    if (group.length === 1 || diskTrouble(failure.error) !== null) {
      for (const job of group) job.reject(this.#explained(failure.error))
      return
    }
    for (const job of group) {
      const own = this.#commit([job])
      if (own === null) job.resolve()
      else job.reject(this.#explained(own.error))
    }
  }

  /** Runs jobs in one transaction; what went wrong, or null. */
  #commit(jobs: readonly AnyJob[]): { readonly error: unknown } | null {
    const started = performance.now()
    try {
      const { db } = this.#connection
      const before = totalChanges(db).get({})?.total
      crashPoint('inserting')
      db.exec('BEGIN IMMEDIATE')
      for (const job of jobs) job.run(db)
      crashPoint('inserted')
      db.exec('COMMIT')
      crashPoint('committed')
      if (totalChanges(db).get({})?.total !== before && jobs.some(job => !job.aside)) this.#writes += 1
      this.#committed((performance.now() - started) / 1000)
      return null
    } catch (error) {
      this.#rollback()
      return { error }
    }
  }

  #rollback(): void {
    try {
      const { db } = this.#connection
      forgetRegistry(db)
      if (db.inTransaction) db.exec('ROLLBACK')
    } catch {
      // SQLite has rolled back by itself where it can no longer write.
    }
  }

  #explained(error: unknown): unknown {
    const trouble = diskTrouble(error)
    if (trouble === null) return error
    this.#trouble = trouble.words
    return new LedgerUnavailableError(trouble.words, { cause: error })
  }
}

/** A job as its group sees it. */
type AnyJob = Pick<Job<unknown>, 'aside' | 'run' | 'resolve' | 'reject'>

class Job<T> {
  /** Not counted as a write. */
  readonly aside: boolean
  readonly reject: (reason: unknown) => void
  readonly #work: (db: Db) => T
  readonly #resolve: (value: T) => void
  #result: { readonly value: T } | null = null

  constructor(work: (db: Db) => T, aside: boolean, resolve: (value: T) => void, reject: (reason: unknown) => void) {
    this.#work = work
    this.aside = aside
    this.#resolve = resolve
    this.reject = reject
  }

  run(db: Db): void {
    this.#result = { value: this.#work(db) }
  }

  /** With what it gave when it was run last. */
  resolve(): void {
    if (this.#result !== null) this.#resolve(this.#result.value)
  }
}
