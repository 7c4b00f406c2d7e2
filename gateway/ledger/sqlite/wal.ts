import { statSync } from 'node:fs'
import type { Db } from './database.ts'
import type { GroupCommit } from './group-commit.ts'

/**
 * The write-ahead log, kept small.
 *
 * Terms. A **checkpoint** brings what the log holds into the database; PASSIVE leaves the file as large as it is, to be written
 * again from its beginning, TRUNCATE empties it. SQLite makes a PASSIVE one inside a commit when the log has come to
 * `CHECKPOINT_PAGES`. Nothing ever holds it back: there is one connection, and every query of it is read to its end
 * at once. So the log is never larger than that and the largest transaction (`MOST_JOBS` of the group commit).
 *
 * A checkpoint costs two flushes. So the first second without a commit takes the work off the next commits, and a long
 * silence gives the space back. A small log stays: its blocks are the disk's promise to the next payment.
 */

/** 4 MiB: seldom enough that pages changed by every payment are brought over once for many, small enough for one short stall. */
export const CHECKPOINT_PAGES = 1000
/** What a log that is begun anew is cut to. */
export const KEPT_AFTER_RESTART = 8 * 1024 * 1024
/** A log of this size is left alone. */
const KEPT_WHEN_IDLE = 1024 * 1024
/** Only a disk that refuses checkpoints lets the log become so large. */
const ALARMING = 32 * 1024 * 1024
const IDLE_BEATS = 10

export function checkpoint(db: Db, mode: 'PASSIVE' | 'TRUNCATE'): void {
  db.pragma(`wal_checkpoint(${mode})`)
}

/** Looks after the log at every beat of the upkeep. */
export class WalKeeper {
  readonly #file: string
  readonly #commits: GroupCommit
  #seenWrites = 0
  #idleBeats = 0

  /** `database` is the path of the database; its log lies beside it. */
  constructor(database: string, commits: GroupCommit) {
    this.#file = `${database}-wal`
    this.#commits = commits
  }

  /** @throws SqliteError when the disk refuses */
  beat(db: Db): void {
    const { writes } = this.#commits
    this.#idleBeats = writes === this.#seenWrites ? this.#idleBeats + 1 : 0
    this.#seenWrites = writes
    const bytes = statSync(this.#file, { throwIfNoEntry: false })?.size ?? 0
    if (bytes <= KEPT_WHEN_IDLE) return
    if (this.#idleBeats >= IDLE_BEATS) checkpoint(db, 'TRUNCATE')
    else if (this.#idleBeats === 1 || bytes > ALARMING) checkpoint(db, 'PASSIVE')
  }
}
