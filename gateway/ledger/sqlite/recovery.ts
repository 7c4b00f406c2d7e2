import type { Connection } from './connection.ts'
import { diskTrouble } from './disk-trouble.ts'
import type { GroupCommit } from './group-commit.ts'

/** So many failed proofs on one connection, and the next is tried on a new one. */
const PATIENCE = 3

/**
 * The way out of a disk that could not be written, without a restart: tried again at every beat of the upkeep until something
 * could be stored. Nothing is ever created on the way: a database that is not there any more stays in trouble.
 */
export class Recovery {
  readonly #connection: Connection
  readonly #commits: GroupCommit
  #failures = 0

  constructor(connection: Connection, commits: GroupCommit) {
    this.#connection = connection
    this.#commits = commits
  }

  attempt(): void {
    try {
      if (this.#failures >= PATIENCE) this.#connection.renew()
      this.#commits.prove()
      this.#failures = 0
    } catch (error) {
      this.#commits.note(error)
      // A new connection reads the log anew, so that a commit reported as failed may turn out to be stored: only where it must be.
      this.#failures = diskTrouble(error)?.healsItself === true ? 0 : this.#failures + 1
    }
  }
}
