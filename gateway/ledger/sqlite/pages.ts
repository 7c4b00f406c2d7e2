import type { Listing } from '../ledger.ts'
import type { Db } from './database.ts'

/**
 * Long lists in pieces. Each page is a transaction of its own and begins after the last row of the one before, newest first, so
 * a list of a million entries stops nobody and holds no log back. What is stored while it is read is newer and not in it.
 */

/** One question costs a few milliseconds. */
const PAGE_ROWS = 500

interface Place {
  /** Epoch milliseconds. */
  readonly at: number
  readonly row: number
}

/** Where a page begins, exclusively, and how long it may be. */
export interface PageBounds extends Place {
  readonly limit: number
}

export interface Page<T> {
  readonly items: readonly T[]
  /** Where the next one begins; null when this is the last. */
  readonly next: Place | null
}

const NEWEST: Place = { at: Number.MAX_SAFE_INTEGER, row: Number.MAX_SAFE_INTEGER }

export function pageOf<T, Row>(
  items: readonly T[],
  last: Row | undefined,
  limit: number,
  placeOf: (row: Row) => Place,
): Page<T> {
  return { items, next: last === undefined || items.length < limit ? null : placeOf(last) }
}

/** Every page of a list; `read` reads one. */
export async function* pages<T>(
  run: <R>(work: (db: Db) => R) => Promise<R>,
  read: (db: Db, place: PageBounds) => Page<T>,
  { limit }: Listing,
): AsyncGenerator<readonly T[], void, undefined> {
  let left = limit < 0 ? Number.POSITIVE_INFINITY : limit
  for (let place: Place | null = NEWEST; place !== null && left > 0; ) {
    const bounds: PageBounds = { ...place, limit: Math.min(left, PAGE_ROWS) }
    const { items, next }: Page<T> = await run(db => read(db, bounds))
    if (items.length > 0) yield items
    left -= items.length
    place = next
  }
}

/** A whole list at once. */
export async function collected<T>(pieces: AsyncIterable<readonly T[]>): Promise<readonly T[]> {
  const all: T[] = []
  for await (const piece of pieces) all.push(...piece)
  return all
}
