import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import type { Device } from '../devices/device.ts'
import { SimulatedDevice } from '../devices/simulated-device.ts'
import type { Account } from '../host/accounts.ts'
import { ControlClient } from '../people/control-client.ts'
import { type Brokers, Stage } from '../stage/stage.ts'
import type { Scenario, ScenarioDevice, ShopAccount } from './scenario-file.ts'
import { StoryFailure } from './verb.ts'
import { Witness } from './witness.ts'

/** How long the gateway and the devices may take to come (back). */
const ARRIVAL_MS = 20_000
const LOOK_AGAIN_MS = 50

const presenceShape = z.array(z.object({ view: z.object({ deviceId: z.string(), online: z.boolean() }) }))

type Row = Readonly<Record<string, unknown>>
type Fields = Readonly<Record<string, unknown>>

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
  /** Where people pay, and testers meddle. */
  readonly control: ControlClient
  readonly #orders = new Map<string, string>()
  #lastOrder: string | null = null

  readonly #brokers: Brokers

  private constructor(stage: Stage, brokers: Brokers, account: ShopAccount) {
    this.stage = stage
    this.#brokers = brokers
    this.control = new ControlClient(stage.control)
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
    })
    const scene = new Scene(stage, brokers, shop.account)
    try {
      for (const account of Object.values(ACCOUNTS)) await stage.addTerminal(account.terminal, account)
      for (const device of shop.devices) await scene.#switchOn(device, shop.account)
      await scene.#untilReady()
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

  async payUnmatched({ amount, content }: { readonly amount: number; readonly content: string }): Promise<void> {
    const { bankAccount } = this.#account
    await this.control.payUnmatched({ bankAccount, amount, content, terminalCode: this.terminal })
  }

  async powerOff(id: string): Promise<void> {
    await this.device(id).powerOff()
  }

  async powerOn(id: string): Promise<void> {
    await this.#reachable(this.device(id), device => device.powerOn())
  }

  async hostGoes(): Promise<void> {
    this.stage.hostLine.cut()
    await this.#until(async () => !(await this.#linkIsUp()), 'the gateway notices that the host is away')
  }

  async hostComes(): Promise<void> {
    this.stage.hostLine.mend()
    await this.#untilReady()
  }

  async gatewayComes(): Promise<void> {
    // At a Mosquitto the devices have stayed, and the gateway has to find them again.
    const stayed = this.#brokers === 'mosquitto'
    const back = stayed ? [] : [...this.#devices.values()].map(device => this.#reachable(device, () => {}))
    await this.stage.startGateway()
    await this.#untilReady()
    await Promise.all(back)
    if (stayed) await this.#until(() => this.#knowsAll(), 'the gateway knows of every device that is there')
  }

  async wait(milliseconds: number): Promise<void> {
    await delay(milliseconds)
  }

  /** @throws StoryFailure when the order does not come to stand as wanted in time */
  async untilOrder(wanted: { readonly order?: string | undefined; readonly within: number } & Fields): Promise<void> {
    const { order, within, ...fields } = wanted
    const id = this.order(order)
    let row: Row = {}
    const stands = async (): Promise<boolean> => {
      row = readRow(await this.ask('orders show', { id }))
      return agrees(row, fields)
    }
    const seen = (): string => JSON.stringify(Object.fromEntries(Object.keys(fields).map(key => [key, row[key]])))
    await this.#until(stands, () => `order ${id} ${JSON.stringify(fields)}; it is ${seen()}`, within)
  }

  /** @throws StoryFailure when there are not so many such rows in time */
  async untilCount(
    command: string,
    { count, within, fields }: { readonly count: number; readonly within: number; readonly fields: Fields },
  ): Promise<void> {
    let rows: readonly Row[] = []
    const enough = async (): Promise<boolean> => {
      rows = z.array(z.record(z.string(), z.unknown())).parse(await this.ask(command, { limit: 0 }))
      return rows.filter(row => agrees(row, fields)).length === count
    }
    await this.#until(
      enough,
      () => `${count} of ${command} ${JSON.stringify(fields)}; there are ${JSON.stringify(rows)}`,
      within,
    )
  }

  /** How the gateway itself tells the way of the last order; empty where there is none. */
  async trace(): Promise<readonly string[]> {
    if (this.#lastOrder === null || !this.stage.gateway.running) return []
    const shape = z.object({
      steps: z.array(z.object({ ms: z.number(), step: z.string(), subject: z.string().nullable(), text: z.string() })),
    })
    const { steps } = shape.parse(await this.ask('trace', { about: this.#lastOrder }))
    return steps.map(({ ms, step, subject, text }) => `+${ms} ms ${step} ${subject ?? ''} ${text}`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#devices.values()].map(device => device.powerOff()))
    await this.stage[Symbol.asyncDispose]()
  }

  async #switchOn({ kind, id, counter, account, quirks }: ScenarioDevice, usual: ShopAccount): Promise<void> {
    const access = await this.stage.pair(kind, id, ACCOUNTS[account ?? usual].terminal, counter)
    const device = new SimulatedDevice({ kind, deviceId: id, ca: undefined, ...access, quirks })
    this.#devices.set(id, device)
    device.events.on('effect', effect => this.witness.note(id, effect))
    await this.#reachable(device, () => device.powerOn())
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
    return this.#until(() => this.#linkIsUp(), 'the gateway is connected to the host')
  }

  async #linkIsUp(): Promise<boolean> {
    const status = z.object({ ready: z.boolean() }).parse(await this.ask('status', {}))
    return status.ready
  }

  async #until(
    reached: () => Promise<boolean>,
    what: string | (() => string),
    milliseconds = ARRIVAL_MS,
  ): Promise<void> {
    const deadline = performance.now() + milliseconds
    while (!(await reached())) {
      if (performance.now() > deadline) {
        throw new StoryFailure(`missing within ${milliseconds} ms: ${typeof what === 'string' ? what : what()}`)
      }
      await delay(LOOK_AGAIN_MS)
    }
  }
}

function readRow(value: unknown): Row {
  return z.record(z.string(), z.unknown()).parse(value)
}

function agrees(row: Row, fields: Fields): boolean {
  return Object.entries(fields).every(([key, value]) => value === undefined || String(row[key]) === String(value))
}
