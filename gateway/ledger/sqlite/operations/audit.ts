import { createHash } from 'node:crypto'
import type { Actor, AuditDetails } from '../../audit-trail.ts'
import type { AuditEntry } from '../../model.ts'
import type { Db } from '../database.ts'
import { type Page, type PageBounds, pageOf } from '../pages.ts'
import { prepared } from '../prepared.ts'

/**
 * The audit trail: a chain of entries.
 *
 * The **hash** of an entry is SHA-256 over the hash of the entry before it (32 bytes, all zero before the first) and the entry's
 * own words: the JSON array `[seq, at, who, via, action, subject, details]` in UTF-8, `details` being the text as stored. Whoever
 * changes an entry has to change every one after it, and the last hash, which may be written down elsewhere.
 */

interface AuditRow {
  seq: number
  at: number
  who: string
  via: 'cli' | 'gateway'
  action: string
  subject: string
  details: string
  previous: Uint8Array
  hash: Uint8Array
}

const head = prepared<object, { entries: number; hash: Uint8Array }>('SELECT entries, hash FROM audit_head')
const insert = prepared<AuditRow>(
  `INSERT INTO audit (seq, at, who, via, action, subject, details, previous, hash)
   VALUES ($seq, $at, $who, $via, $action, $subject, $details, $previous, $hash)`,
)
const newest = prepared<PageBounds, AuditRow>('SELECT * FROM audit WHERE seq < $row ORDER BY seq DESC LIMIT $limit')
const following = prepared<{ seq: number; limit: number }, AuditRow>(
  'SELECT * FROM audit WHERE seq > $seq ORDER BY seq LIMIT $limit',
)

/** A name of a person or a thing is shorter; a longer one is no name. */
const MOST_CHARACTERS = 200

/** What is written down about one change. `details` holds no secret. */
export interface Audited {
  readonly action: string
  readonly subject: string
  readonly details: AuditDetails
}

/** Writes one entry; to be called in the transaction of the change it tells of. */
export function writeAudit(db: Db, { action, subject, details }: Audited, now: number, by: Actor): void {
  const { entries, hash: previous } = headOf(db)
  const who = by.who.slice(0, MOST_CHARACTERS) || 'unknown'
  const words = { seq: entries + 1, at: now, who, via: by.via, action, subject, details: JSON.stringify(details) }
  insert(db).run({ ...words, previous, hash: hashOf(previous, words) })
}

export function listAudit(db: Db, place: PageBounds): Page<AuditEntry> {
  const entries = newest(db).all(place).map(toEntry)
  return pageOf(entries, entries.at(-1), place.limit, ({ at, seq }) => ({ at, row: seq }))
}

/** How far a check of the chain has come; `seq` and `hash` are of the last entry that holds. */
export interface Checked {
  readonly seq: number
  readonly hash: Uint8Array
  readonly broken: { readonly seq: number; readonly reason: string } | null
  readonly isOver: boolean
}

export const UNCHECKED: Checked = { seq: 0, hash: new Uint8Array(32), broken: null, isOver: false }

/** Checks the next entries of the chain, at most `limit`. */
export function checkAudit(db: Db, before: Checked, limit: number): Checked {
  let { seq, hash } = before
  const ends = (reason: string): Checked => ({ seq, hash, broken: { seq: seq + 1, reason }, isOver: true })
  const rows = following(db).all({ seq, limit })
  for (const row of rows) {
    if (row.seq !== seq + 1) return ends('it is missing')
    if (!same(row.previous, hash)) return ends('it does not continue the entry before it')
    if (!same(row.hash, hashOf(hash, row))) return ends('its words were changed')
    seq = row.seq
    hash = row.hash
  }
  if (rows.length === limit) return { seq, hash, broken: null, isOver: false }
  const last = headOf(db)
  if (last.entries > seq) return ends('it is missing')
  if (last.entries < seq || !same(last.hash, hash)) {
    return { seq: seq - 1, hash, broken: { seq, reason: 'it was not written by this program' }, isOver: true }
  }
  return { seq, hash, broken: null, isOver: true }
}

function headOf(db: Db): { readonly entries: number; readonly hash: Uint8Array } {
  const row = head(db).get({})
  if (row === undefined) throw new Error('the audit trail has no head: the database was changed by hand')
  return row
}

function hashOf(
  previous: Uint8Array,
  { seq, at, who, via, action, subject, details }: Omit<AuditRow, 'previous' | 'hash'>,
) {
  const words = JSON.stringify([seq, at, who, via, action, subject, details])
  return createHash('sha256').update(previous).update(words).digest()
}

function same(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0
}

function toEntry({ seq, at, who, via, action, subject, details, hash }: AuditRow): AuditEntry {
  return { seq, at, who, via, action, subject, details: JSON.parse(details), hash: Buffer.from(hash).toString('hex') }
}
