import type { Database } from 'better-sqlite3'
import type { ChaosShop } from './shop.ts'

/** Money the host has told of and its broker has acknowledged. */
export interface ToldPayment {
  readonly reference: string
  readonly amount: number
  readonly direction: 'in' | 'out'
  readonly settled: boolean
  readonly orderId: string | null
}

/** What must be found when all is over. */
export interface Books {
  /** Facts of the tally, each to come about once. */
  readonly facts: ReadonlySet<string>
  /** By reference, as they have to be stored. */
  readonly payments: ReadonlyMap<string, ToldPayment>
}

interface PaymentRow {
  readonly reference_number: string
  readonly amount: number
  readonly direction: string
  readonly settled: number
  readonly order_id: string | null
}

interface OrderRow {
  readonly order_id: string
  readonly amount: number
  readonly received: number
  readonly sum: number
  readonly state: string
  readonly vends: number
}

/** Everything that is wrong in the shop and in the ledger of its stopped gateway, measured by what the host has told. */
export function audit(shop: ChaosShop, books: Books): string[] {
  return [
    ...shop.tally.wrong(books.facts, newsOnScreen(books)),
    ...shop.read(db => [...damage(db), ...wrongPayments(db, books), ...wrongOrders(db), ...wrongTurns(db, shop)]),
  ]
}

/** A paybox shows what is news: each payment once, or not at all when it was away for a minute. */
function newsOnScreen(books: Books): ReadonlySet<string> {
  return new Set([...books.payments.keys()].map(reference => `paybox-1 shows ${reference}`))
}

export function damage(db: Database): string[] {
  const found = String(db.pragma('integrity_check', { simple: true }))
  return found === 'ok' ? [] : [`PRAGMA integrity_check: ${found}`]
}

/** How often each reason for a dead letter was written. */
export function deadLetters(db: Database): ReadonlyMap<string, number> {
  const rows = db
    .prepare<[], { reason: string; times: number }>(
      'SELECT reason, count(*) AS times FROM dead_letters GROUP BY reason',
    )
    .all()
  return new Map(rows.map(({ reason, times }) => [reason, times]))
}

function wrongPayments(db: Database, books: Books): string[] {
  const problems: string[] = []
  const stored = new Set<string>()
  for (const row of db.prepare<[], PaymentRow>('SELECT * FROM payments').all()) {
    const { reference_number: reference } = row
    const told = books.payments.get(reference)
    if (stored.has(reference)) problems.push(`stored twice: ${reference}`)
    stored.add(reference)
    if (told === undefined) problems.push(`stored, but nobody told of it: ${reference}`)
    else if (told.amount !== row.amount || told.direction !== row.direction || told.orderId !== row.order_id) {
      problems.push(`stored otherwise than told: ${reference}`)
    } else if (told.settled !== (row.settled === 1)) problems.push(`not as settled as told: ${reference}`)
  }
  for (const reference of books.payments.keys()) {
    if (!stored.has(reference)) problems.push(`acknowledged to the host, but not stored: ${reference}`)
  }
  return problems
}

function wrongOrders(db: Database): string[] {
  const orders = db.prepare<[], OrderRow>(`
    SELECT order_id, amount, received, state,
      (SELECT coalesce(sum(amount), 0) FROM payments p
       WHERE p.order_id = o.order_id AND settled = 1 AND direction = 'in') AS sum,
      (SELECT count(*) FROM deliveries d WHERE d.order_id = o.order_id AND d.kind = 'vend') AS vends
    FROM orders o`)
  return orders
    .all()
    .flatMap(({ order_id: id, amount, received, sum, state, vends }) => [
      ...(received === sum ? [] : [`order ${id} has received ${received}, its payments are ${sum}`]),
      ...(state === 'paid' && sum < amount ? [`order ${id} is paid with ${sum} of ${amount}`] : []),
      ...(vends <= 1 ? [] : [`order ${id} has ${vends} releases`]),
      ...(vends === 0 || state === 'paid' ? [] : [`order ${id} is ${state} and has a release`]),
    ])
}

/** A till is told every payment in the order of the ledger, whatever happened in between. */
function wrongTurns(db: Database, shop: ChaosShop): string[] {
  const written = db
    .prepare<[], string>(`
      SELECT p.reference_number FROM deliveries d JOIN payments p USING (payment_id)
      WHERE d.device_id = 'pos-1' AND d.kind = 'payment' ORDER BY d.seq`)
    .pluck()
    .all()
  const shown = shop.tally.of('pos-1').map(fact => fact.replace('shows ', ''))
  const at = written.findIndex((reference, index) => shown[index] !== reference)
  if (at === -1) return []
  return [`pos-1 shows ${shown[at]} as its number ${at + 1}, the ledger has ${written[at]}`]
}
