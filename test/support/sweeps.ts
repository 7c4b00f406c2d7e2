/** Sweeps of the ledger's retention, on a clock that the test moves. */
import assert from 'node:assert/strict'
import Database from 'better-sqlite3'
import type { SqliteLedger } from '../../gateway/ledger/sqlite/sqlite-ledger.ts'
import type { Upkeep } from '../../gateway/ledger/sqlite/upkeep.ts'
import { ManualClock } from './manual-clock.ts'
import { type Shop, T0 } from './shop.ts'

export const HOUR = 3_600_000
export const DAY = 24 * HOUR
const AGES = { payments: 400 * DAY, raw: 30 * DAY }

/** Leaves out the beat of every second, which has nothing to do with sweeps; its wall clock can be set. */
export class SweepClock extends ManualClock {
  ahead = 0

  override now(): number {
    return super.now() + this.ahead
  }

  override after(ms: number, task: () => void): () => void {
    return ms === 1000 ? () => {} : super.after(ms, task)
  }
}

export function upkeepOf(ledger: SqliteLedger, clock: ManualClock): Upkeep {
  const fail = (said: unknown): never => assert.fail(String(said))
  const upkeep = ledger.upkeep(clock, AGES, { troubleChanged: fail, failed: fail })
  upkeep.start()
  return upkeep
}

/** The records after sweeps `days` after the sample payments. */
export async function after(days: number, shop: Shop): Promise<Left> {
  const clock = new SweepClock(T0 + days * DAY)
  const upkeep = upkeepOf(shop.ledger, clock)
  await clock.advance(HOUR + 60_000)
  upkeep.stop()
  return left(shop)
}

export interface Left {
  readonly orders: readonly string[]
  readonly payments: readonly string[]
  readonly letters: number
}

export async function left({ ledger }: Shop): Promise<Left> {
  const all = { limit: -1 }
  return {
    orders: (await ledger.orders.list(all)).map(({ orderId }) => orderId).sort(),
    payments: (await ledger.payments.list(all)).map(({ referenceNumber }) => referenceNumber).sort(),
    letters: (await ledger.deadLetters.list(all)).length,
  }
}

/** One row of the database of a shop that closes for it. */
export async function inspect(shop: Shop, sql: string): Promise<Record<string, unknown>> {
  await shop.ledger.close()
  const db = new Database(shop.file)
  try {
    return db.prepare<[], Record<string, unknown>>(sql).get() ?? {}
  } finally {
    db.close()
  }
}
