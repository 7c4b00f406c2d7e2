import { setTimeout as delay } from 'node:timers/promises'
import { needsMosquittoAndStrace } from '../support/needs.ts'
import { Random } from '../support/random.ts'
import { audit } from './books.ts'
import { FailingCalls, mayAttach, mayMount, SmallDisk } from './broken-disk.ts'
import { assertNone, type Proof, Violation } from './proof.ts'
import { ChaosShop } from './shop.ts'
import { Trade } from './trade.ts'

const RED_MS = 5000
/** The host link waits up to thirty seconds before it tries again. */
const GREEN_MS = 45_000
const LAST_EFFECT_MS = 60_000

type Fault = 'full' | 'read-only' | 'failing'
/** Rights of the machine, not programs that can be installed: where they are missing the proof is left out. */
const NEEDS_RIGHTS = 'needs the right to mount a file system, or to trace a running process'

/**
 * In the middle of its work the gateway cannot write: its disk is full, turns read-only, or loses what it is told to flush.
 * It says so, acknowledges nothing, and goes on by itself when the disk is well.
 */
export const disk: Proof = {
  name: 'disk',
  needs: () => needsMosquittoAndStrace() || (faultsHere().length === 0 && NEEDS_RIGHTS),
  async run({ seed, short }) {
    const random = new Random(seed)
    const faults = faultsHere()
    const rounds = short ? 1 : 6
    const small: { disk?: SmallDisk } = {}
    await using shop = await ChaosShop.open({
      dataDisk: dataDir => {
        if (!mayMount()) return null
        small.disk = SmallDisk.mountAt(dataDir)
        return small.disk
      },
    })
    const { world } = shop
    await world.start()
    await shop.switchOn()
    const trade = new Trade(shop, random.fork())
    let slowest = 0
    for (let round = 0; round < rounds; round += 1) {
      for (const fault of random.shuffled(faults)) {
        trade.open(short ? 40 : 60)
        await delay(random.int(300, 1500))
        const { pid } = world.gateway
        const mend = await breakDisk(fault, shop, small.disk)
        await untilReady(shop, false, RED_MS, fault)
        await delay(random.int(0, short ? 500 : 4000))
        await mend()
        const broken = performance.now()
        await untilReady(shop, true, GREEN_MS, fault)
        slowest = Math.max(slowest, Math.round(performance.now() - broken))
        if (world.gateway.pid !== pid || !world.running) throw new Violation([`${fault}: the gateway did not live on`])
        await trade.close()
        // A log that was emptied has to grow again, so that the next full disk is felt at once.
        await world.stop()
        await world.start()
      }
    }
    await shop.tally.complete(trade.facts, LAST_EFFECT_MS)
    await shop.untilNothingIsPending()
    await world.stop()
    assertNone(audit(shop, trade))
    const { payments, paidOrders } = trade
    return { faults: rounds * faults.length, payments: payments.size, paidOrders, greenAfterMs: slowest }
  },
}

/** The faults this machine lets us make; a full disk can be played by its error where none can be mounted. */
function faultsHere(): readonly Fault[] {
  if (mayAttach()) return ['full', 'read-only', 'failing']
  return mayMount() ? ['full'] : []
}

/** What is returned mends it. */
async function breakDisk(fault: Fault, shop: ChaosShop, small: SmallDisk | undefined): Promise<() => Promise<void>> {
  if (fault === 'full' && small !== undefined) {
    small.fill()
    return async () => small.free()
  }
  const errors: Record<Fault, string> = { full: 'ENOSPC', 'read-only': 'EROFS', failing: 'EIO' }
  const calls = fault === 'failing' ? ['fsync', 'fdatasync'] : ['pwrite64', 'write', 'ftruncate']
  const files = [shop.database, `${shop.database}-wal`]
  const failing = await FailingCalls.begin(shop.world.gateway.pid ?? 0, files, calls, errors[fault])
  return () => failing.end()
}

async function untilReady(shop: ChaosShop, ready: boolean, milliseconds: number, fault: Fault): Promise<void> {
  const deadline = performance.now() + milliseconds
  for (;;) {
    const { status, text } = await shop.world.http('/readyz')
    if (ready ? status === 200 : text.includes('database not writable')) return
    if (performance.now() > deadline) {
      throw new Violation([`${fault}: /readyz is not ${ready ? 'green' : 'red'} within ${milliseconds} ms: ${text}`])
    }
    await delay(50)
  }
}
