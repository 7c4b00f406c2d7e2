import type { DeadLetterReason } from '../../../../protocol/errors.ts'
import type { RawMessage } from '../../ledger.ts'
import type { DeadLetter } from '../../model.ts'
import type { Db } from '../database.ts'
import { type Page, type PageBounds, pageOf } from '../pages.ts'
import { prepared } from '../prepared.ts'

/** Enough of a payload to see what it was; more would let bad input fill the disk. */
const MOST_BYTES = 65_536

const insert = prepared<{
  reason: string
  topic: string
  source: string
  receivedAt: number
  text: string
  payload: Uint8Array
}>(
  `INSERT INTO dead_letters (reason, topic, source, received_at, text, payload)
   VALUES ($reason, $topic, $source, $receivedAt, $text, $payload)`,
)
const newest = prepared<
  PageBounds,
  {
    dead_letter_id: number
    reason: DeadLetterReason
    topic: string
    source: 'host' | 'device'
    received_at: number
    text: string
    payload: Uint8Array
  }
>('SELECT * FROM dead_letters WHERE dead_letter_id < $row ORDER BY dead_letter_id DESC LIMIT $limit')

export function addDeadLetter(
  db: Db,
  reason: DeadLetterReason,
  text: string,
  source: 'host' | 'device',
  raw: RawMessage,
): void {
  const { topic, receivedAt } = raw
  insert(db).run({ reason, topic, source, receivedAt, text, payload: raw.payload.subarray(0, MOST_BYTES) })
}

export function listDeadLetters(db: Db, place: PageBounds): Page<DeadLetter> {
  const letters = newest(db)
    .all(place)
    .map(row => ({
      deadLetterId: row.dead_letter_id,
      reason: row.reason,
      topic: row.topic,
      source: row.source,
      receivedAt: row.received_at,
      text: row.text,
      payload: row.payload,
    }))
  return pageOf(letters, letters.at(-1), place.limit, ({ receivedAt, deadLetterId }) => ({
    at: receivedAt,
    row: deadLetterId,
  }))
}
