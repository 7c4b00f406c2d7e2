import { setTimeout as delay } from 'node:timers/promises'
import type { Carriage, FaultProxy } from '../support/fault-proxy.ts'
import { Happenings } from '../support/happenings.ts'
import { needsMosquitto } from '../support/needs.ts'
import { Random } from '../support/random.ts'
import { audit } from './books.ts'
import { assertNone, type Counts, type Proof } from './proof.ts'
import { ChaosShop } from './shop.ts'
import { Trade } from './trade.ts'

const KEEPALIVE_SECONDS = 2
const NOTICED_MS = 1.5 * KEEPALIVE_SECONDS * 1000
/** A busy machine runs timers late. */
const LATE_MS = 800
/** Shops that are broken at the same time. */
const SHOPS = 3
const LAST_EFFECT_MS = 60_000

type Fault = 'slow' | 'narrow' | 'sliced' | 'reset' | 'silent' | 'refused'
const FAULTS: readonly Fault[] = ['slow', 'narrow', 'sliced', 'reset', 'silent', 'refused']

/**
 * The lines to the host and to the devices are slow, narrow, cut to pieces, broken, half open and refused, in any order and
 * both at once. In the end everything has been delivered once, and each half-open line has been noticed in time.
 */
export const links: Proof = {
  name: 'links',
  needs: needsMosquitto,
  async run({ seed, short }) {
    const random = new Random(seed)
    const schedules = short ? 6 : 200
    const shares = Array.from({ length: SHOPS }, (_, shop) => Math.ceil((schedules - shop) / SHOPS))
    const all = await Promise.all(shares.map(share => breakLines(random.fork(), share, short ? 1 : 5)))
    const sum = (what: string): number => all.reduce((total, counts) => total + (counts[what] ?? 0), 0)
    const told = ['schedules', 'faults', 'payments', 'paidOrders', 'refusedOrders', 'halfOpen']
    return Object.fromEntries(told.map(what => [what, sum(what)]))
  },
}

async function breakLines(random: Random, schedules: number, halfOpen: number): Promise<Counts> {
  await using shop = await ChaosShop.open({
    faulty: true,
    settings: { host: { keepalive: `${KEEPALIVE_SECONDS}s` } },
    deviceKeepalive: KEEPALIVE_SECONDS,
  })
  const { world, lines } = shop
  await world.start()
  await shop.switchOn()
  const trade = new Trade(shop, random.fork())
  let faults = 0
  for (let schedule = 0; schedule < schedules; schedule += 1) {
    trade.open(20)
    const [host, device] = await Promise.all([
      suffer(lines.host, random.fork()),
      suffer(lines.device, random.fork()),
      delay(300),
    ])
    faults += host + device
    await trade.close()
    await shop.tally.complete(trade.facts, LAST_EFFECT_MS)
    await shop.untilNothingIsPending()
    // A new process waits no longer before it connects again than one whose link was never lost.
    await world.stop(random.chance(0.5) ? 'SIGTERM' : 'SIGKILL')
    await world.start()
  }
  const late: string[] = []
  for (let time = 0; time < halfOpen; time += 1) late.push(...(await noticesSilence(shop)))
  await world.stop()
  assertNone([...late, ...audit(shop, trade)])
  const { payments, paidOrders, refusedOrders } = trade
  return { schedules, faults, payments: payments.size, paidOrders, refusedOrders, halfOpen: 2 * halfOpen }
}

/** One line's schedule: a few faults one after the other, then it is well again. Returns how many there were. */
async function suffer(line: FaultProxy, random: Random): Promise<number> {
  const faults = random.int(1, 4)
  for (let fault = 0; fault < faults; fault += 1) {
    await delay(random.int(0, 300))
    begin(line, random.pick(FAULTS), random)
    await delay(random.int(20, 600))
    await line.heal()
  }
  return faults
}

function begin(line: FaultProxy, fault: Fault, random: Random): void {
  const carriages: Partial<Record<Fault, Partial<Carriage>>> = {
    slow: { latencyMs: random.int(20, 400) },
    narrow: { bytesPerSecond: random.int(500, 20_000) },
    sliced: { sliceBytes: random.int(1, 16) },
  }
  switch (fault) {
    case 'slow':
    case 'narrow':
    case 'sliced':
      line.carry(carriages[fault] ?? {})
      return
    case 'reset':
      line.reset()
      return
    case 'silent':
      line.silence()
      return
    case 'refused':
      line.refuse()
      line.reset()
      return
  }
}

/** Both lines fall silent while both ends believe in them; each end has to find out by its keepalive. */
async function noticesSilence(shop: ChaosShop): Promise<string[]> {
  const { world, lines } = shop
  const { gateway } = world
  const box = shop.device('sound-1')
  const allThere = (): Promise<void> =>
    shop.untilMetric('vietqr_devices_online', online => online === shop.devices, LAST_EFFECT_MS)
  await allThere()
  const happenings = new Happenings()
  let gone = false
  box.events.once('gone', () => {
    gone = true
    happenings.happened()
  })
  const { length } = gateway.log
  lines.host.silence()
  lines.device.silence()
  // A device that is back already would save the gateway from finding out.
  lines.device.refuse()
  const within = NOTICED_MS + LATE_MS
  const found = await Promise.allSettled([
    gateway.said('the host link is down', within, length),
    gateway.said('"deviceId":"sound-1","online":false', within, length),
    happenings.until(() => gone, 'the device notices', within),
  ])
  await lines.device.heal()
  await gateway.said('the host link is up', LAST_EFFECT_MS, length)
  await allThere()
  const who = ['the gateway, of the host', 'the gateway, of a device', 'a device, of the gateway']
  return found.flatMap(({ status }, index) =>
    status === 'rejected' ? [`a half-open line was not noticed within ${within} ms by ${who[index]}`] : [],
  )
}
