import type { Database } from 'better-sqlite3'
import { balanceChange } from '../integration/host-messages.ts'
import { needsMosquitto } from '../support/needs.ts'
import { Random } from '../support/random.ts'
import { audit } from './books.ts'
import { assertNone, type Proof } from './proof.ts'
import { ChaosShop, SHOP } from './shop.ts'
import { Trade } from './trade.ts'

interface Poison {
  readonly topic: string
  readonly payload: Buffer
}

/** What of a payload a dead letter keeps. */
const KEPT_BYTES = 65_536
const LAST_EFFECT_MS = 60_000
/** Messages that wait for the broker's acknowledgement at the same time. */
const AT_ONCE = 50

/** Messages that cannot be used, of every kind we could think of, between good ones. */
export const poison: Proof = {
  name: 'poison',
  needs: needsMosquitto,
  async run({ seed, short }) {
    const random = new Random(seed)
    const bad = Array.from({ length: short ? 500 : 10_000 }, () => brew(random))
    await using shop = await ChaosShop.open()
    const { world } = shop
    await world.start()
    await shop.switchOn()
    const trade = new Trade(shop, random.fork())
    let waiting: Promise<void>[] = []
    for (const { topic, payload } of bad) {
      waiting.push(world.host.say(topic, payload))
      if (random.chance(0.15)) waiting.push(trade.payWithoutOrder())
      if (waiting.length >= AT_ONCE) await Promise.all(waiting.splice(0))
    }
    waiting.push(trade.payWithoutOrder())
    await Promise.all(waiting)
    waiting = []
    // The host's broker keeps the order: after the last good one every bad one has been taken too.
    await shop.tally.complete(trade.facts, LAST_EFFECT_MS)
    await shop.untilNothingIsPending()
    await world.stop()
    assertNone([...audit(shop, trade), ...shop.read(db => wrongLetters(db, bad))])
    return { poison: bad.length, good: trade.payments.size, effects: trade.facts.size }
  },
}

function brew(random: Random): Poison {
  const topic = random.pick([`vietqr/bdsd/${SHOP.code}`, `vietqr/bdsd/${SHOP.code}`, `vietqr/response/${SHOP.code}`])
  if (random.chance(0.05)) return { topic: `vietqr/response-status/${SHOP.code}`, payload: garbage(random) }
  return { topic, payload: random.chance(0.5) ? garbage(random) : spoilt(random) }
}

/** Bytes that are no message at all. */
function garbage(random: Random): Buffer {
  const good = Buffer.from(balanceChange({}))
  switch (random.int(0, 8)) {
    case 0:
      return Buffer.alloc(0)
    case 1:
      return random.bytes(random.int(1, 2000))
    case 2:
      return good.subarray(0, random.int(1, good.length - 1))
    case 3:
      return Buffer.from(random.pick(['null', '17', '"text"', '[]', '{}', 'true', ' ', '﻿', 'NaN', "{'a':1}"]))
    case 4:
      return Buffer.from('['.repeat(random.int(33, 20_000)))
    case 5:
      return Buffer.from(`${'{"a":'.repeat(random.int(33, 5000))}1${'}'.repeat(5000)}`)
    case 6:
      // UTF-8 that ends in the middle of a character.
      return Buffer.concat([good.subarray(0, -1), Buffer.from([0xe1, 0xbb])])
    case 7:
      return Buffer.alloc(random.chance(0.1) ? random.int(60_000, 200_000) : random.int(1, 5000), random.int(0, 255))
    default:
      return Buffer.concat([good, good])
  }
}

/** A balance change with something wrong in it. */
function spoilt(random: Random): Buffer {
  const wrong = random.pick<Record<string, unknown>>([
    { amount: random.pick<unknown>(['25.5k', -5, 1e300, null, {}, [1], true, '', 'abc', '1e5', 12.5, '٣٥']) },
    { bankAccount: random.pick<unknown>([null, '', {}, [], true, '0000000000', '12345678901234567890']) },
    { transType: random.pick<unknown>(['X', '', 1, null, {}, 'CD']) },
    { referenceNumber: random.pick<unknown>([{}, [], true]) },
    { orderId: random.pick<unknown>([{}, [1], false]) },
    { content: random.pick<unknown>([{}, [], true]) },
  ])
  return Buffer.from(balanceChange(wrong))
}

/** Each bad message is one dead letter, with its bytes, and there is no other. */
function wrongLetters(db: Database, bad: readonly Poison[]): string[] {
  const owed = new Map<string, number>()
  const count = (key: string, by: number): void => {
    owed.set(key, (owed.get(key) ?? 0) + by)
  }
  for (const { topic, payload } of bad) count(keyOf(topic, payload), 1)
  for (const row of db.prepare<[], Poison>('SELECT topic, payload FROM dead_letters').iterate()) {
    count(keyOf(row.topic, row.payload), -1)
  }
  return [...owed].flatMap(([key, left]) => {
    if (left === 0) return []
    return [left > 0 ? `${left} dead letters are missing: ${key}` : `${-left} dead letters too many: ${key}`]
  })
}

function keyOf(topic: string, payload: Buffer): string {
  const kept = payload.subarray(0, KEPT_BYTES)
  return `${topic} ${kept.length} bytes ${kept.toString('base64').slice(0, 400)} ${kept.toString('base64').slice(-40)}`
}
