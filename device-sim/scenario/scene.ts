import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import type { Device, OrderWish } from '../devices/device.ts'
import { isBoxKind } from '../devices/quirks.ts'
import { SimulatedDevice } from '../devices/simulated-device.ts'
import type { Account } from '../host/accounts.ts'
import { ControlClient } from '../people/control-client.ts'
import { type Brokers, Stage } from '../stage/stage.ts'
import type { Scenario, ScenarioBox, ScenarioDevice } from './scenario-file.ts'
import { SceneBooks } from './scene-books.ts'
import { SceneBoxes } from './scene-boxes.ts'
import type { ShopAccount } from './shop-accounts.ts'
import { ARRIVAL_MS, until } from './until.ts'
import { StoryFailure } from './verb.ts'
import { Witness } from './witness.ts'

const CUT_MS = 50

const presenceShape = z.array(z.object({ view: z.object({ deviceId: z.string(), online: z.boolean() }) }))

/** Plainly invented accounts, one of each kind a shop can have, and the point of sale that has it. */
const ACCOUNTS: Readonly<Record<ShopAccount, Account & { readonly terminal: string }>> = {
  merchant: account('mms', 'QUAY01', '9990000001', 'MB', 'NGUYEN VAN THU'),
  plain: account('plain', 'QUAY02', '9990000002', 'MB', 'TRAN THI NGHIEM'),
  bidv: account('bidv', 'QUAY03', '9990000003', 'BIDV', 'LE THI MAU'),
  other: account('other', 'QUAY04', '9990000004', 'VCB', 'PHAM VAN MAU'),
  unknown: account('unknown', 'QUAY05', '9990000005', 'MB', 'DO THI MAU'),
}

function account(kind: Account['kind'], terminal: string, bankAccount: string, bankCode: string, userBankName: string) {
  return { kind, terminal, bankAccount, bankCode, userBankName }
}

/** The shop a story happens in: the stage, its devices, and what was ordered so far. */
export class Scene implements AsyncDisposable {
  readonly stage: Stage
  readonly witness = new Witness()
  /** The point of sale of the story, where nothing else is said. */
  readonly terminal: string
  readonly #account: Account
  readonly #devices = new Map<string, Device>()
  /** Those without power. */
  readonly #off = new Set<string>()
  readonly boxes: SceneBoxes
  readonly books: SceneBooks
  /** Where people pay, and testers meddle. */
  readonly control: ControlClient
  readonly #orders = new Map<string, string>()
  #lastOrder: string | null = null

  readonly #brokers: Brokers

  private constructor(stage: Stage, brokers: Brokers, account: ShopAccount) {
    this.stage = stage
    this.#brokers = brokers
    this.control = new ControlClient(stage.control)
    this.boxes = new SceneBoxes(stage, this.control)
    this.books = new SceneBooks(stage, this.control)
    this.terminal = ACCOUNTS[account].terminal
    this.#account = ACCOUNTS[account]
  }

  /** Everybody is there, connected, and can be told things. */
  static async open({ shop }: Scenario, seed: number, brokers: Brokers): Promise<Scene> {
    const stage = await Stage.open({
      accounts: Object.values(ACCOUNTS),
      host: { ...shop.host, seed },
      settings: shop.gateway,
      brokers,
      boxes: shop.devices.some(({ kind }) => isBoxKind(kind)),
    })
    const scene = new Scene(stage, brokers, shop.account)
    try {
      for (const account of Object.values(ACCOUNTS)) await stage.addTerminal(account.terminal, account)
      await scene.#untilReady()
      for (const [index, device] of shop.devices.entries()) await scene.#switchOn(device, shop.account, index)
      return scene
    } catch (error) {
      await scene[Symbol.asyncDispose]()
      throw error
    }
  }

  device(id: string): Device {
    const device = this.#devices.get(id)
    if (device === undefined) throw new StoryFailure(`there is no device ${id}`)
    return device
  }

  /** The point of sale of a box, by its id; the story's without one. */
  terminalAt(id: string | undefined): string {
    return id === undefined ? this.terminal : this.boxes.terminal(id)
  }

  /** A customer chooses at a device; the order when there is one. */
  async orderAt(id: string, wish: OrderWish): Promise<string | undefined> {
    const device = this.device(id)
    if (!this.boxes.has(id)) {
      // A refusal may come before there is an order.
      return z.looseObject({ orderId: z.string().optional() }).parse(await device.order(wish)).orderId
    }
    // A box tells nobody which order its screen shows; the gateway has written it down.
    const before = new Set(await this.books.ordersOf(id))
    await device.order(wish)
    let fresh: string | undefined
    const opened = async (): Promise<boolean> => {
      fresh = (await this.books.ordersOf(id)).find(orderId => !before.has(orderId))
      return fresh !== undefined
    }
    await until(opened, `the gateway opens an order of ${id}`)
    return fresh
  }

  /** A merchant scans the certificate of a box in VietQR's app. */
  async activate(id: string, shopName: string, account: ShopAccount = 'merchant'): Promise<void> {
    await this.boxes.activate(id, ACCOUNTS[account].bankAccount, shopName)
    if (this.stage.gateway.running) await until(() => this.boxes.isBound(id), `${id} is bound`)
  }

  /** The host's service loses its broker for a moment, and finds again all that is retained there. */
  async hostReconnects(): Promise<void> {
    await this.control.ask('POST', '/disconnect', { who: 'host', for: 10 })
    const shape = z.looseObject({ connected: z.boolean() })
    // The link is cut a moment after it was asked for.
    await delay(CUT_MS)
    const back = async (): Promise<boolean> => shape.parse(await this.control.ask('GET', '/state')).connected
    await until(back, 'the host is back at its broker')
  }

  /** The order later lines mean when they name none, and by `name` when they do. */
  nameOrder(orderId: string | undefined, name: string | undefined): void {
    if (orderId === undefined) return
    this.#lastOrder = orderId
    if (name !== undefined) this.#orders.set(name, orderId)
  }

  order(name: string | null | undefined): string {
    const orderId = name === null || name === undefined ? this.#lastOrder : this.#orders.get(name)
    if (orderId === null || orderId === undefined) throw new StoryFailure(`there is no order ${name ?? 'yet'}`)
    return orderId
  }

  /** Asks the gateway as the command line does. */
  ask(command: string, args: object): Promise<unknown> {
    return this.stage.gateway.ask(command, args)
  }

  async pay(paid: {
    readonly amount?: number | undefined
    readonly order?: string | undefined
    readonly times: number
  }): Promise<void> {
    const { amount, order, times } = paid
    const about = { orderId: this.order(order), ...(amount === undefined ? {} : { amount }) }
    for (let time = 0; time < times; time += 1) await this.control.pay(about)
  }

  async payUnmatched({
    at,
    ...payment
  }: {
    readonly amount: number
    readonly content: string
    readonly at?: string | undefined
  }): Promise<void> {
    const { bankAccount } = this.#account
    await this.control.payUnmatched({ bankAccount, ...payment, terminalCode: this.terminalAt(at) })
  }

  async powerOff(id: string): Promise<void> {
    this.#off.add(id)
    await this.device(id).powerOff()
  }

  async powerOn(id: string): Promise<void> {
    this.#off.delete(id)
    await this.#reachable(this.device(id), device => device.powerOn())
  }

  async hostGoes(): Promise<void> {
    this.stage.hostLine.cut()
    await until(async () => !(await this.#linkIsUp()), 'the gateway notices that the host is away')
  }

  async hostComes(): Promise<void> {
    this.stage.hostLine.mend()
    await this.#untilReady()
  }

  async gatewayComes(): Promise<void> {
    // At a Mosquitto the devices have stayed, and the gateway has to find them again.
    const stayed = this.#brokers === 'mosquitto'
    const cut = [...this.#devices].filter(([id]) => !this.#off.has(id) && (!stayed || this.boxes.has(id)))
    const back = cut.map(([, device]) => this.#reachable(device, () => {}))
    await this.stage.startGateway()
    await this.#untilReady()
    await Promise.all(back)
    if (stayed) await until(() => this.#knowsAll(), 'the gateway knows of every device that is there')
  }

  async wait(milliseconds: number): Promise<void> {
    await delay(milliseconds)
  }

  /** How the gateway itself tells the way of the last order; empty where there is none. */
  async trace(): Promise<readonly string[]> {
    if (this.#lastOrder === null || !this.stage.gateway.running) return []
    return this.books.trace(this.#lastOrder)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#devices.values()].map(device => device.powerOff()))
    await this.stage[Symbol.asyncDispose]()
  }

  async #switchOn(member: ScenarioDevice | ScenarioBox, usual: ShopAccount, index: number): Promise<void> {
    if (isBox(member)) return this.#switchOnBox(member, usual, index)
    const { kind, id, counter, account, quirks } = member
    const access = await this.stage.pair(kind, id, ACCOUNTS[account ?? usual].terminal, counter)
    const device = new SimulatedDevice({ kind, deviceId: id, ca: undefined, ...access, quirks })
    this.#devices.set(id, device)
    device.events.on('effect', effect => this.witness.note(id, effect))
    await this.#reachable(device, () => device.powerOn())
  }

  /** Activated, it is ready once it has heard of it: its menu or its static code is shown. */
  async #switchOnBox(box: ScenarioBox, usual: ShopAccount, index: number): Promise<void> {
    const { id, kind, shopName, activated, account } = box
    const device = await this.boxes.pair(box, index)
    this.#devices.set(id, device)
    device.events.on('effect', effect => this.witness.note(id, effect))
    if (activated) await this.activate(id, shopName, account ?? usual)
    await this.#reachable(device, () => device.powerOn())
    if (!activated) return
    const view = kind === 'vietqr-box' ? 'static' : 'menu'
    await this.witness.notices({ deviceId: id, effect: 'screen', fields: { view } }, ARRIVAL_MS)
  }

  async #reachable(device: Device, begin: (device: Device) => void): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const giveUp = new AbortController()
    device.events.once('reachable', resolve)
    begin(device)
    const late = delay(ARRIVAL_MS, true, { signal: giveUp.signal })
    const tooLate = await Promise.race([promise, late])
    giveUp.abort()
    if (tooLate === true) throw new StoryFailure(`${device.deviceId} does not get through to the gateway`)
  }

  async #knowsAll(): Promise<boolean> {
    const rows = presenceShape.parse(await this.ask('devices list', { limit: 0 }))
    const known = new Set(rows.filter(({ view }) => view.online).map(({ view }) => view.deviceId))
    return [...this.#devices].every(([id, { online }]) => !online || known.has(id))
  }

  #untilReady(): Promise<void> {
    return until(() => this.#linkIsUp(), 'the gateway is connected to the host')
  }

  async #linkIsUp(): Promise<boolean> {
    const status = z.object({ ready: z.boolean() }).parse(await this.ask('status', {}))
    return status.ready
  }
}

function isBox(member: ScenarioDevice | ScenarioBox): member is ScenarioBox {
  return isBoxKind(member.kind)
}
