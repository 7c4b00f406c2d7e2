import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Listing } from '../../../gateway/ledger/ledger.ts'
import { SqliteLedger } from '../../../gateway/ledger/sqlite/sqlite-ledger.ts'
import { openShop, pay, rawNotice, type Shop, T0 } from '../../support/shop.ts'
import { gatewayIn, json, shopWith } from '../cli/support.ts'

const MANY = 1200

/** Payments and dead letters; of each five come in the same millisecond. */
async function fill(shop: Shop): Promise<void> {
  const payments = Array.from({ length: MANY }, (_, n) => pay(shop, { referenceNumber: `FT${n}` }, time(n)))
  const letters = Array.from({ length: MANY }, (_, n) =>
    shop.ledger.deadLetters.add('MALFORMED', String(n), 'host', rawNotice({}, time(n))),
  )
  await Promise.all([...payments, ...letters])
}

function time(n: number): number {
  return T0 + Math.floor(n / 5)
}

async function sizes(pieces: AsyncIterable<readonly unknown[]>): Promise<number[]> {
  const found: number[] = []
  for await (const piece of pieces) found.push(piece.length)
  return found
}

test('a list of everything comes in pieces, newest first, each entry once', async () => {
  await using shop = await openShop()
  await fill(shop)
  const { payments, deadLetters } = shop.ledger
  for (const book of [payments, deadLetters]) {
    assert.deepEqual(await sizes(book.pages({ limit: -1 })), [500, 500, 200])
    assert.deepEqual(await sizes(book.pages({ limit: 501 })), [500, 1])
    assert.deepEqual(await sizes(book.pages({ limit: 0 })), [])
  }
  const numbers = Array.from({ length: MANY }, (_, n) => MANY - 1 - n)
  const all: Listing = { limit: -1 }
  assert.deepEqual(
    (await payments.list(all)).map(({ referenceNumber }) => referenceNumber),
    numbers.map(n => `FT${n}`),
  )
  assert.deepEqual(
    (await deadLetters.list(all)).map(({ text }) => text),
    numbers.map(String),
  )
  assert.deepEqual(
    (await payments.list({ limit: 3 })).map(({ referenceNumber }) => referenceNumber),
    ['FT1199', 'FT1198', 'FT1197'],
  )
})

test('a payment that comes while everything is listed is stored before the list is complete', async () => {
  await using shop = await openShop()
  await fill(shop)
  const order: string[] = []
  const list = shop.ledger.payments.list({ limit: -1 }).then(found => {
    order.push('list')
    return found.length
  })
  await pay(shop, { referenceNumber: 'FT-NEW' }, T0 + 10_000).then(() => order.push('payment'))
  assert.equal(await list, MANY)
  assert.deepEqual(order, ['payment', 'list'])
})

test('orders that were opened in one millisecond are listed once each', async () => {
  await using shop = await openShop()
  const ids = new Set<string>()
  for (let n = 0; n < 30; n += 1) ids.add((await shop.order(null, 25_000, { createdAt: time(n) })).orderId)
  const listed = (await shop.ledger.orders.list({ limit: -1 })).map(({ orderId }) => orderId)
  assert.deepEqual(listed, [...ids].reverse())
})

test('a long list comes whole through the control socket, and without a running gateway', async () => {
  const folder = await shopWith('T1')
  const file = join(folder, 'data', 'gateway.db')
  const rules = { confirm: 'never', lateGraceMs: 0, voice: { language: 'vi', region: 'north' } } as const
  const ledger = SqliteLedger.open(file, rules)
  const said = rawNotice({ content: 'x'.repeat(5000) })
  await Promise.all(Array.from({ length: MANY }, () => ledger.deadLetters.add('MALFORMED', '', 'host', said)))
  await ledger.close()
  const numbers = Array.from({ length: MANY }, (_, n) => MANY - n)
  const listed = async (): Promise<number[]> => {
    const letters: { deadLetterId: number }[] = await json(folder, ['dead-letters', 'list', '--limit', '0'])
    return letters.map(({ deadLetterId }) => deadLetterId)
  }
  assert.deepEqual(await listed(), numbers)
  const gateway = await gatewayIn(folder)
  assert.deepEqual(await listed(), numbers)
  gateway.kill('SIGTERM')
  assert.equal((await gateway.end()).code, 0)
})
