import type { Database } from 'better-sqlite3'
import { paidRow } from '../integration/host-messages.ts'
import { needsMosquitto } from '../support/needs.ts'
import { Random } from '../support/random.ts'
import { audit, type ToldPayment } from './books.ts'
import { assertNone, type Proof, Violation } from './proof.ts'
import { ChaosShop, type Terminal } from './shop.ts'

interface OpenOrder {
  readonly till: number
  readonly orderId: string
  readonly amount: number
}

const FOUND_WITHIN_MS = 60_000

/**
 * During an outage the host stores what is paid and says nothing about it, as it does for accounts it sends no balance
 * changes for. Back again, the gateway has to find exactly that, by asking about each order that is still open.
 */
export const withheld: Proof = {
  name: 'withheld',
  needs: needsMosquitto,
  async run({ seed, short }) {
    const random = new Random(seed)
    const tills = short ? 3 : 10
    const shares = short ? [random.next(), 1] : [0, random.next(), random.next(), random.next(), 1]
    const perRound = short ? 30 : 200
    await using shop = await openTills(tills)
    const { world } = shop
    await world.start()
    await shop.switchOn()

    const facts = new Set<string>()
    const payments = new Map<string, ToldPayment>()
    const open = new Map<string, OpenOrder>()
    for (const [round, share] of shares.entries()) {
      for (const order of await orderAtAll(shop, tills, perRound, round)) open.set(order.orderId, order)
      const comeBack = await goAway(shop, round)
      for (const { orderId, amount, till } of random.shuffled([...open.values()]).slice(0, perRound * share)) {
        open.delete(orderId)
        const reference = `WH${orderId}`
        const row = paidRow(orderId, { referenceNumber: reference, amount, content: 'CAPHE' })
        shop.stored.set(orderId, [row])
        payments.set(reference, { reference, amount, direction: 'in', settled: true, orderId })
        facts.add(`pos-${till} shows ${reference}`).add(`sound-${till} says paid ${amount}`)
      }
      const asked = world.host.lookups.length
      await comeBack()
      await shop.tally.complete(facts, FOUND_WITHIN_MS)
      await world.host.lookedUp(open.keys(), asked, FOUND_WITHIN_MS)
    }
    await shop.untilNothingIsPending()
    await world.stop()
    assertNone([...audit(shop, { facts, payments }), ...shop.read(db => told(db))])
    return { orders: shares.length * perRound, withheld: payments.size, outages: shares.length }
  },
}

/** A shop of many terminals, each with a till and a sound box. Orders are not looked up because it is time to. */
function openTills(tills: number): Promise<ChaosShop> {
  const devices = Array.from({ length: tills }, (_, index) => {
    const terminal: Terminal = { code: `QUAY${index + 1}`, account: `12345678${String(index).padStart(2, '0')}` }
    return [
      { id: `pos-${index + 1}`, kind: 'pos', terminal },
      { id: `sound-${index + 1}`, kind: 'soundbox', terminal },
    ] as const
  })
  const lookup = { first: '10m', max: '1h', perSecond: 1000 }
  return ChaosShop.open({
    devices: devices.flat(),
    faulty: true,
    settings: { payments: { orderTtl: '1h', lookup }, host: { requestTimeout: '30s' } },
  })
}

/** @throws Violation when one of them gets no QR */
function orderAtAll(shop: ChaosShop, tills: number, count: number, round: number): Promise<readonly OpenOrder[]> {
  const ordered = Array.from({ length: count }, async (_, index) => {
    const amount = (round * count + index + 1) * 1000
    const till = (index % tills) + 1
    const { orderId, state } = await shop.device(`pos-${till}`).order({ amount })
    if (state !== 'awaiting_payment' || orderId === undefined)
      throw new Violation([`an order of ${amount} is ${state}`])
    return { till, orderId, amount }
  })
  return Promise.all(ordered)
}

/** The link is cut or the gateway is gone; what is returned brings them back. */
async function goAway(shop: ChaosShop, round: number): Promise<() => Promise<void>> {
  const { world, lines } = shop
  if (round % 2 === 1) {
    await world.stop('SIGKILL')
    return () => world.start()
  }
  const { length } = world.log
  lines.host.refuse()
  lines.host.reset()
  await world.gateway.said('the host link is down', undefined, length)
  return async () => {
    await lines.host.heal()
    await world.gateway.said('the host link is up', 40_000, length)
  }
}

/** Nothing was told by balance change, so every payment has to come from a lookup. */
function told(db: Database): string[] {
  const references = db.prepare<[], string>("SELECT reference_number FROM payments WHERE source <> 'lookup'").pluck()
  return references.all().map(reference => `stored, but not from a lookup: ${reference}`)
}
