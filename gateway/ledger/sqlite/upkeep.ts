import type { Clock } from '../../clock.ts'
import type { Connection } from './connection.ts'
import type { GroupCommit } from './group-commit.ts'
import { Recovery } from './recovery.ts'
import { Retention, type RetentionAges } from './retention.ts'
import { WalKeeper } from './wal.ts'

/** One second: what is wrong is over, and seen to be over, well within the five that readiness may take. */
const BEAT_MS = 1000

export interface UpkeepOwner {
  /** Why nothing can be written, in words, or null when it can be again. */
  troubleChanged(trouble: string | null): void
  /** Something went wrong that the upkeep survives. */
  failed(error: unknown): void
}

/** What a database needs while it is in use: its log kept small, its disk watched while it fails, old records removed. */
export class Upkeep {
  readonly #connection: Connection
  readonly #commits: GroupCommit
  readonly #clock: Clock
  readonly #owner: UpkeepOwner
  readonly #wal: WalKeeper
  readonly #recovery: Recovery
  readonly #retention: Retention
  #told: string | null = null
  #cancelBeat: () => void = () => {}

  /** `database` is the path of the database. */
  constructor(
    database: string,
    connection: Connection,
    commits: GroupCommit,
    clock: Clock,
    ages: RetentionAges,
    owner: UpkeepOwner,
  ) {
    this.#connection = connection
    this.#commits = commits
    this.#clock = clock
    this.#owner = owner
    this.#wal = new WalKeeper(database, commits)
    this.#recovery = new Recovery(connection, commits)
    this.#retention = new Retention(commits, clock, ages, error => owner.failed(error))
  }

  start(): void {
    this.#plan()
    this.#retention.start()
  }

  stop(): void {
    this.#cancelBeat()
    this.#retention.stop()
  }

  #plan(): void {
    this.#cancelBeat = this.#clock.after(BEAT_MS, () => this.#beat())
  }

  #beat(): void {
    this.#plan()
    this.#tell()
    if (this.#commits.trouble === null) this.#tendLog()
    else this.#recovery.attempt()
    this.#tell()
  }

  #tendLog(): void {
    try {
      this.#wal.beat(this.#connection.db)
    } catch (error) {
      this.#commits.note(error)
    }
  }

  #tell(): void {
    const { trouble } = this.#commits
    if (trouble === this.#told) return
    this.#told = trouble
    this.#owner.troubleChanged(trouble)
  }
}
