import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import type { DeviceKind } from '../../protocol/local/topics.ts'
import type { Effect } from '../devices/effects.ts'
import { SimulatedDevice } from '../devices/simulated-device.ts'
import type { Account } from '../host/accounts.ts'
import { seeded } from '../people/person.ts'
import { Stage } from '../stage/stage.ts'
import { type FleetPlan, membersOf } from './fleet-file.ts'
import { Tally, type TallyCounts } from './tally.ts'

/** How many devices connect at the same time: a shop's worth of them when the power comes back. */
const CONNECTING = 50
/** After the last customer: what has not come by then is missing. */
const LAST_EFFECT_MS = 60_000
/** After the last effect: what comes now comes twice. */
const SETTLE_MS = 1000
const EXAMPLES = 10
/** Sums name the payments, so each is asked for once. */
const FIRST_SUM = 1000

export interface FleetReport extends TallyCounts {
  readonly ok: boolean
  readonly seed: number
  readonly seconds: number
  readonly devices: number
  readonly terminals: number
  readonly payments: number
  readonly orders: number
  readonly refusedOrders: number
  /** Orders that got neither a code nor a refusal. */
  readonly unansweredOrders: number
  /** Payments that were made in one second, on average. */
  readonly paymentsPerSecond: number
  readonly examples: ReturnType<Tally['examples']>
}

type ShopAccount = Account & { readonly terminal: string }

interface Member {
  readonly device: SimulatedDevice
  readonly terminal: number
}

/**
 * Many devices of many shops in one process, their customers, and a gateway as a process of its own. Each payment has a sum of
 * its own, so that every effect names the payment it is of, and what is missing or doubled can be told.
 */
export class Fleet implements AsyncDisposable {
  readonly tally = new Tally()
  readonly #plan: FleetPlan
  readonly #stage: Stage
  readonly #random: () => number
  readonly #members: Member[] = []
  /** Those that order. */
  readonly #buyers: Member[] = []
  /** The devices of each point of sale, by its number and their kind. */
  readonly #shops = new Map<string, SimulatedDevice[]>()
  readonly #accounts: readonly ShopAccount[]
  #sum = FIRST_SUM
  payments = 0
  orders = 0
  refusedOrders = 0
  #answeredOrders = 0

  private constructor(plan: FleetPlan, stage: Stage, accounts: readonly ShopAccount[]) {
    this.#plan = plan
    this.#stage = stage
    this.#accounts = accounts
    this.#random = seeded(plan.seed)
  }

  /** Everybody is paired and connected; `tell` hears how far it is. */
  static async open(plan: FleetPlan, tell: (words: string) => void): Promise<Fleet> {
    const accounts = Array.from({ length: plan.terminals }, (_, index) => ({
      kind: 'mms' as const,
      terminal: `QUAY${String(index + 1).padStart(4, '0')}`,
      bankAccount: `99${String(index + 1).padStart(8, '0')}`,
      bankCode: 'MB',
      userBankName: `CUA HANG SO ${index + 1}`,
    }))
    const stage = await Stage.open({ accounts, host: { build: 5, seed: plan.seed }, settings: plan.gateway })
    const fleet = new Fleet(plan, stage, accounts)
    try {
      for (const account of accounts) await stage.addTerminal(account.terminal, account)
      await fleet.#switchOn(tell)
      await fleet.#untilReady()
      return fleet
    } catch (error) {
      await fleet[Symbol.asyncDispose]()
      throw error
    }
  }

  /** Customers come for as long as the plan says, or until `enough`; then everything they caused is waited for. */
  async run(enough: AbortSignal): Promise<FleetReport> {
    const { for: seconds, payments, orders, seed, terminals } = this.#plan
    const started = performance.now()
    const under = await Promise.all([
      this.#atRate(payments.perSecond, seconds, enough, () => this.#payUnordered()),
      this.#atRate(orders.perSecond, seconds, enough, () => this.#buy()),
    ])
    const took = (performance.now() - started) / 1000
    const last = AbortSignal.timeout(LAST_EFFECT_MS)
    await Promise.race([Promise.all(under.flat()), aborted(last)])
    await this.tally.complete(last)
    await delay(SETTLE_MS)
    const { counts } = this.tally
    const unansweredOrders = this.orders - this.#answeredOrders
    const wrong = counts.missing + counts.doubled + counts.unfounded + unansweredOrders
    return {
      ok: wrong === 0 && this.refusedOrders === 0,
      seed,
      seconds: enough.aborted ? Math.round(took) : seconds,
      devices: this.#members.length,
      terminals,
      payments: this.payments,
      orders: this.orders,
      refusedOrders: this.refusedOrders,
      unansweredOrders,
      paymentsPerSecond: Math.round((this.payments / took) * 10) / 10,
      ...counts,
      examples: this.tally.examples(EXAMPLES),
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#members.map(({ device }) => device.powerOff()))
    await this.#stage[Symbol.asyncDispose]()
  }

  async #switchOn(tell: (words: string) => void): Promise<void> {
    const waiting = [...membersOf(this.#plan)]
    const all = waiting.length
    let connected = 0
    const work = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const { kind, id, terminal } = next
        const { password } = await this.#stage.pair(kind, id, this.#accounts[terminal]?.terminal ?? '')
        const device = new SimulatedDevice({ kind, deviceId: id, url: this.#stage.brokerUrl, password, ca: undefined })
        this.#enter({ device, terminal })
        device.events.on('effect', effect => this.#noticed(id, effect))
        device.events.on('problem', reason => tell(`${id}: ${reason}`))
        const reachable = new Promise<void>(resolve => device.events.once('reachable', resolve))
        device.powerOn()
        await reachable
        connected += 1
        if (connected % 100 === 0 || connected === all) tell(`${connected} of ${all} devices are connected`)
      }
    }
    await Promise.all(Array.from({ length: Math.min(CONNECTING, all) }, work))
  }

  #enter(member: Member): void {
    const { device, terminal } = member
    this.#members.push(member)
    if (device.kind === 'vending' || device.kind === 'pos') this.#buyers.push(member)
    const place = `${terminal} ${device.kind}`
    const there = this.#shops.get(place)
    if (there === undefined) this.#shops.set(place, [device])
    else there.push(device)
  }

  async #untilReady(): Promise<void> {
    const ready = async (): Promise<boolean> =>
      z.looseObject({ ready: z.boolean() }).parse(await this.#stage.gateway.ask('status', {})).ready
    while (!(await ready())) await delay(50)
  }

  /** Evenly, and behind nobody: one that takes long does not hold the next one up. Resolves to those under way. */
  async #atRate(
    perSecond: number,
    seconds: number,
    enough: AbortSignal,
    work: () => Promise<void>,
  ): Promise<readonly Promise<void>[]> {
    const under: Promise<void>[] = []
    const started = performance.now()
    for (let number = 0; number < perSecond * seconds; number += 1) {
      const wait = started + (number * 1000) / perSecond - performance.now()
      if (wait > 0) await delay(wait, undefined, { signal: enough }).catch(() => {})
      if (enough.aborted) break
      const one = work()
      // Whoever waits for all of them hears of it; until then it must not end the process.
      one.catch(() => {})
      under.push(one)
    }
    return under
  }

  async #payUnordered(): Promise<void> {
    const terminal = Math.floor(this.#random() * this.#accounts.length)
    const account = this.#accounts[terminal]
    if (account === undefined) return
    const amount = this.#newSum()
    this.payments += 1
    this.#expectOf(terminal, amount)
    const { bankAccount, terminal: terminalCode } = account
    await this.#stage.host.payUnmatched({ bankAccount, amount, content: `khach ${amount}`, terminalCode })
  }

  async #buy(): Promise<void> {
    const buyer = this.#buyers[Math.floor(this.#random() * this.#buyers.length)]
    if (buyer === undefined) return
    const isPaid = this.#random() < this.#plan.orders.paid
    const amount = this.#newSum()
    this.orders += 1
    const { orderId, state } = await buyer.device.order({ amount, item: 'A1', ticket: String(amount) })
    this.#answeredOrders += 1
    if (orderId === undefined || state !== 'awaiting_payment') {
      this.refusedOrders += 1
      return
    }
    if (!isPaid) return
    this.payments += 1
    this.#expectOf(buyer.terminal, amount)
    const now = performance.now()
    if (buyer.device.kind === 'vending') this.tally.expect(`${buyer.device.deviceId} dispenses ${amount}`, now)
    for (const device of this.#at(buyer.terminal, 'countercall')) {
      this.tally.expect(`${device.deviceId} calls ${amount}`, now)
    }
    await this.#stage.host.pay({ orderId })
  }

  /** What every payment at a point of sale has to bring about. */
  #expectOf(terminal: number, amount: number): void {
    const now = performance.now()
    for (const device of this.#at(terminal, 'soundbox')) this.tally.expect(`${device.deviceId} says ${amount}`, now)
    for (const kind of ['paybox', 'pos'] as const) {
      for (const device of this.#at(terminal, kind)) this.tally.expect(`${device.deviceId} shows ${amount}`, now)
    }
  }

  #at(terminal: number, kind: DeviceKind): readonly SimulatedDevice[] {
    return this.#shops.get(`${terminal} ${kind}`) ?? []
  }

  #noticed(id: string, effect: Effect): void {
    const words = inWords(effect)
    if (words !== null) this.tally.came(`${id} ${words}`, performance.now())
  }

  #newSum(): number {
    this.#sum += 1
    return this.#sum
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

/** The effects that are counted; null for all others. */
function inWords(effect: Effect): string | null {
  if (effect.effect === 'speak') return 'amount' in effect ? `says ${effect.amount}` : null
  if (effect.effect === 'screen') return effect.view === 'payment' ? `shows ${effect.amount}` : null
  if (effect.effect === 'dispense') return `dispenses ${effect.amount}`
  return effect.effect === 'call' ? `calls ${effect.ticket}` : null
}
