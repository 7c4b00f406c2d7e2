import type { Db } from './database.ts'
import { prepared } from './prepared.ts'
import { checkpoint } from './wal.ts'

/** As much as a burst of payments writes: on a full disk a single page often still fits where no payment does. */
const PROBE_BYTES = 131_072

const fill = prepared<{ bytes: number }>('INSERT OR REPLACE INTO probe (id, filler) VALUES (1, randomblob($bytes))')
const empty = prepared<object>('DELETE FROM probe')

/**
 * Proves that a commit is durable again, by the same way every commit goes: the log takes it, the disk has it, and the log can
 * be brought into the database. Nothing is left of it.
 * @throws SqliteError when it is not
 */
export function proveWritable(db: Db): void {
  fill(db).run({ bytes: PROBE_BYTES })
  empty(db).run({})
  checkpoint(db, 'PASSIVE')
}
