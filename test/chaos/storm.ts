import type { Database } from 'better-sqlite3'
import { balanceChange, paidRow } from '../integration/host-messages.ts'
import { needsMosquitto } from '../support/needs.ts'
import { Random } from '../support/random.ts'
import { audit, type Books, type ToldPayment } from './books.ts'
import { assertNone, type Proof } from './proof.ts'
import { ChaosShop, MACHINES, SHOP } from './shop.ts'

/** One of the times an event is told. `marker` tells it apart from all others. */
interface Copy {
  readonly marker: number
  readonly reference: string
  readonly amount: number
  readonly direction: 'in' | 'out'
  readonly settled: boolean
  readonly orderId: string | null
}

interface MachineOrder {
  readonly machine: string
  readonly orderId: string
}

const LAST_EFFECT_MS = 60_000

/** Every event is told up to ten times, all mixed up, some with another amount, while the gateway is stopped and killed. */
export const storm: Proof = {
  name: 'storm',
  needs: needsMosquitto,
  async run({ seed, short }) {
    const random = new Random(seed)
    const restarts = short ? 3 : 30
    await using shop = await ChaosShop.open()
    const { world } = shop
    await world.start()
    await shop.switchOn()
    const orders = await orderSome(shop, short ? 2 : 12)
    const copies = tellOften(random, short ? 60 : 1000, orders)
    for (const { orderId } of orders) storePaid(shop, orderId, copies)
    const books = booksOf(copies, orders)

    const pauses = new Set(Array.from({ length: restarts }, () => random.int(1, copies.length - 1)))
    for (const [index, copy] of copies.entries()) {
      if (pauses.has(index)) {
        await world.stop(random.chance(0.5) ? 'SIGTERM' : 'SIGKILL')
        world.gateway.launch()
      }
      const told = world.host.tellBalanceChange(SHOP.code, payload(copy))
      // Most go out while the broker still has others to acknowledge.
      if (random.chance(0.1)) await told
    }
    await world.gateway.said('the host link is up')
    await shop.tally.complete(books.facts, LAST_EFFECT_MS)
    await shop.untilNothingIsPending()
    await world.stop()
    const conflicts = conflictsAmong(copies)
    assertNone([...audit(shop, books), ...shop.read(db => wrongLetters(db, conflicts))])
    return { events: books.payments.size, copies: copies.length, conflicts: conflicts.size, restarts: pauses.size }
  },
}

/** Orders of the machines that wait to be paid, with what they ask for. */
async function orderSome(shop: ChaosShop, count: number): Promise<readonly MachineOrder[]> {
  const ordered = Array.from({ length: count }, async (_, index) => {
    const machine = MACHINES[index % MACHINES.length] ?? 'vending-1'
    const { orderId = '' } = await shop.device(machine).order({ amount: 1000, item: 'A1' })
    return { machine, orderId }
  })
  return Promise.all(ordered)
}

/** All copies of all events in the order they are told. An event of an order never carries less than it asks for. */
function tellOften(random: Random, events: number, orders: readonly MachineOrder[]): readonly Copy[] {
  let marker = 0
  const copies: Copy[] = []
  for (let event = 1; event <= events; event += 1) {
    const orderId = orders[event - 1]?.orderId ?? null
    const reference = `ST${String(event).padStart(6, '0')}`
    const times = random.int(1, 10)
    const disputed = random.chance(0.3)
    for (let time = 0; time < times; time += 1) {
      const other = disputed && random.chance(0.4)
      const amount = event * 1000 + (other ? random.int(1, 3) : 0)
      const direction = other && orderId === null && random.chance(0.2) ? 'out' : 'in'
      const settled = orderId !== null || random.chance(0.9)
      copies.push({ marker, reference, amount, direction, settled, orderId })
      marker += 1
    }
  }
  return random.shuffled(copies)
}

function payload({ marker, reference, amount, direction, settled, orderId }: Copy): string {
  return balanceChange({
    bankAccount: SHOP.account,
    referenceNumber: reference,
    amount,
    transType: direction === 'in' ? 'C' : 'D',
    status: settled ? 1 : 0,
    ...(orderId === null ? {} : { orderId }),
    marker,
  })
}

/** What came first is the payment. */
function firsts(copies: readonly Copy[]): ReadonlyMap<string, Copy> {
  const first = new Map<string, Copy>()
  for (const copy of copies) if (!first.has(copy.reference)) first.set(copy.reference, copy)
  return first
}

function agree(one: Copy, other: Copy | undefined): boolean {
  return one.amount === other?.amount && one.direction === other.direction
}

function conflictsAmong(copies: readonly Copy[]): ReadonlySet<number> {
  const first = firsts(copies)
  return new Set(copies.filter(copy => !agree(copy, first.get(copy.reference))).map(copy => copy.marker))
}

function booksOf(copies: readonly Copy[], orders: readonly MachineOrder[]): Books {
  const facts = new Set(orders.map(({ machine, orderId }) => `${machine} releases ${orderId}`))
  const payments = new Map<string, ToldPayment>()
  for (const first of firsts(copies).values()) {
    const { reference, amount, direction, orderId } = first
    const settled = copies.some(copy => copy.reference === reference && copy.settled && agree(copy, first))
    payments.set(reference, { reference, amount, direction, settled, orderId })
    if (!settled || direction === 'out') continue
    facts.add(`sound-1 says paid ${amount}`).add(`sound-2 says paid ${amount}`).add(`pos-1 shows ${reference}`)
  }
  return { facts, payments }
}

/** The bank has stored the payment of an order as it is told first. */
function storePaid(shop: ChaosShop, orderId: string, copies: readonly Copy[]): void {
  const first = copies.find(copy => copy.orderId === orderId)
  if (first === undefined) return
  const { reference, amount } = first
  shop.stored.set(orderId, [paidRow(orderId, { referenceNumber: reference, amount, content: 'CAPHE' })])
}

/** A killed gateway is told again what it could not acknowledge, so one conflict may have two letters; none may have no. */
function wrongLetters(db: Database, conflicts: ReadonlySet<number>): string[] {
  const rows = db.prepare<[], { reason: string; payload: Buffer }>('SELECT reason, payload FROM dead_letters').all()
  const written = new Set<number>()
  const problems: string[] = []
  for (const { reason, payload } of rows) {
    const { marker } = JSON.parse(payload.toString())
    if (reason === 'UNMATCHED_ANSWER') continue
    if (reason !== 'CONFLICT' || !conflicts.has(marker)) problems.push(`a dead letter ${reason} for copy ${marker}`)
    written.add(marker)
  }
  for (const marker of conflicts) if (!written.has(marker)) problems.push(`no dead letter for conflict ${marker}`)
  return problems
}
