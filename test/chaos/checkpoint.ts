import { needsMosquittoAndStrace } from '../support/needs.ts'
import { Random } from '../support/random.ts'
import { audit } from './books.ts'
import { assertNone, type Proof, Violation } from './proof.ts'
import { ChaosShop } from './shop.ts'
import { Trade } from './trade.ts'

/** Far enough into the pages of one checkpoint to leave it half done. */
const MOST_WRITES = 60
/** A log has to fill up before SQLite brings it over. */
const KILLED_WITHIN_MS = 60_000
const LAST_EFFECT_MS = 60_000
/** After more of them some of what the boxes have to say would be too old, and summed up. */
const KILLS_IN_A_ROW = 10

/**
 * The gateway is killed between two writes of a checkpoint: only a checkpoint writes into the database file itself, so the
 * tracer counts those writes and kills at one of them.
 */
export const checkpoint: Proof = {
  name: 'checkpoint',
  needs: needsMosquittoAndStrace,
  async run({ seed, short }) {
    const random = new Random(seed)
    const kills = short ? 1 : 40
    await using shop = await ChaosShop.open()
    const { world } = shop
    await world.start()
    await shop.switchOn()
    const trade = new Trade(shop, random.fork())
    for (let kill = 0; kill < kills; ) {
      trade.open(short ? 200 : 100)
      await world.stop('SIGKILL')
      for (const last = Math.min(kill + KILLS_IN_A_ROW, kills); kill < last; kill += 1) {
        world.gateway.launch({ under: killAtWrite(shop.database, random.int(1, MOST_WRITES)) })
        const end = await world.gateway.ended(KILLED_WITHIN_MS)
        if (end !== 'SIGKILL') throw new Violation([`the gateway ended with ${end} before its checkpoint`])
      }
      await world.start()
      await trade.close()
      await shop.tally.complete(trade.facts, LAST_EFFECT_MS)
    }
    await shop.untilNothingIsPending()
    await world.stop()
    assertNone(audit(shop, trade))
    return { kills, payments: trade.payments.size, paidOrders: trade.paidOrders, effects: trade.facts.size }
  },
}

/** With `--seccomp-bpf` strace would not deliver the signal at the call. */
function killAtWrite(file: string, count: number): readonly string[] {
  const inject = `inject=pwrite64:signal=SIGKILL:when=${count}`
  return ['strace', '-D', '-f', '-qq', '-o', '/dev/null', '-P', file, '-e', 'trace=pwrite64', '-e', inject]
}
