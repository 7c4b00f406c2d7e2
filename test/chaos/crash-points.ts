import { join } from 'node:path'
import { CRASH_POINTS, type CrashPoint } from '../../gateway/crash-point.ts'
import { createDataDir, dataFiles } from '../../gateway/data-dir.ts'
import { openDatabase } from '../../gateway/ledger/sqlite/database.ts'
import { MIGRATIONS } from '../../gateway/ledger/sqlite/migrations/index.ts'
import { World } from '../integration/world.ts'
import type { GatewayProcess } from '../support/gateway-process.ts'
import { needsMosquitto } from '../support/needs.ts'
import { Random } from '../support/random.ts'
import { audit } from './books.ts'
import { assertNone, type Proof, Violation } from './proof.ts'
import { ChaosShop } from './shop.ts'
import { Trade } from './trade.ts'

/** Points a gateway comes by as soon as it starts, before any payment. */
const AT_START: ReadonlySet<CrashPoint> = new Set(['inserting', 'inserted', 'committed'])
const MIGRATING: readonly CrashPoint[] = ['migrating', 'migrated']
const LAST_EFFECT_MS = 60_000

/**
 * The gateway is killed exactly before and after each step of a payment. Each process recovers from the end of the one
 * before, and is killed in its turn: some in the middle of that recovery.
 */
export const crashPoints: Proof = {
  name: 'crash-points',
  needs: needsMosquitto,
  async run({ seed, short }) {
    const random = new Random(seed)
    const migrationKills = await killMigrations(short)
    await using shop = await ChaosShop.open()
    const { world } = shop
    await world.start()
    await shop.switchOn()
    const trade = new Trade(shop, random.fork())
    const points = CRASH_POINTS.filter(point => !MIGRATING.includes(point))
    const rounds = short ? 1 : 12
    let kills = 0
    let recoveryKills = 0
    for (let round = 0; round < rounds; round += 1) {
      trade.open(60)
      await world.stop('SIGKILL')
      for (const point of random.shuffled(points).slice(0, short ? 8 : points.length)) {
        const early = AT_START.has(point) && random.chance(0.5)
        await killAt(world.gateway, point, early ? random.int(1, 6) : random.int(1, short ? 10 : 40))
        if (!world.gateway.presentLog.includes('the host link is up')) recoveryKills += 1
        kills += 1
      }
      // So many processes that ended at once leave much unsaid; what is too old to be said would be summed up.
      await world.start()
      await trade.close()
      await shop.tally.complete(trade.facts, LAST_EFFECT_MS)
    }
    await shop.untilNothingIsPending()
    await world.stop()
    assertNone(audit(shop, trade))
    const { paidOrders, payments, facts } = trade
    return { migrationKills, kills, recoveryKills, payments: payments.size, paidOrders, effects: facts.size }
  },
}

/** Starts the gateway and sees it die at this point. */
async function killAt(gateway: GatewayProcess, point: CrashPoint, count: number): Promise<void> {
  gateway.launch({ env: { VIETQR_CRASH_POINT: `${point}:${count}` } })
  const end = await gateway.ended(30_000)
  if (end !== 'SIGKILL') throw new Violation([`the gateway ended with ${end} on the way to ${point}:${count}`])
}

/**
 * The schema is broken off after each of its steps and once more when it is on disk, from nothing and from every earlier
 * schema (in short: from the last one); then the next process must go through with it.
 */
async function killMigrations(short: boolean): Promise<number> {
  let kills = 0
  for (let version = short ? MIGRATIONS.length - 1 : 0; version < MIGRATIONS.length; version += 1) {
    await using world = await World.create()
    const dataDir = join(world.folder, 'data')
    createDataDir(dataDir)
    if (version > 0) openDatabase(dataFiles(dataDir).database, MIGRATIONS.slice(0, version)).close()
    for (let step = 1; step <= MIGRATIONS.length - version; step += 1) {
      await killAt(world.gateway, 'migrating', step)
      kills += 1
    }
    await killAt(world.gateway, 'migrated', 1)
    kills += 1
    await world.start()
    await world.stop()
  }
  return kills
}
