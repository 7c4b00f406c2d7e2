import { setTimeout as delay } from 'node:timers/promises'
import { needsMosquitto } from '../support/needs.ts'
import { Random } from '../support/random.ts'
import { audit } from './books.ts'
import { assertNone, type Proof } from './proof.ts'
import { ChaosShop } from './shop.ts'
import { Trade } from './trade.ts'

/** From the middle of its start to well into its work. */
const LIFE_MS = { least: 50, most: 1600 }
const LAST_EFFECT_MS = 60_000

/** The gateway is killed at any moment, over and over, while customers go on paying. */
export const kill: Proof = {
  name: 'kill',
  needs: needsMosquitto,
  async run({ seed, short }) {
    const random = new Random(seed)
    const kills = short ? 5 : 100
    await using shop = await ChaosShop.open()
    const { world } = shop
    await world.start()
    await shop.switchOn()
    const trade = new Trade(shop, random.fork())
    trade.open(short ? 60 : 30)
    for (let count = 1; count <= kills; count += 1) {
      await delay(random.int(LIFE_MS.least, LIFE_MS.most))
      await world.stop('SIGKILL')
      world.gateway.launch()
    }
    await world.gateway.said('the host link is up')
    await trade.close()
    await shop.tally.complete(trade.facts, LAST_EFFECT_MS)
    await shop.untilNothingIsPending()
    await world.stop()
    assertNone(audit(shop, trade))
    const { paidOrders, refusedOrders, payments, facts } = trade
    return { kills, payments: payments.size, paidOrders, refusedOrders, effects: facts.size }
  },
}
