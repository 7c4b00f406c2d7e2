import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import type { DeviceKind } from '../../protocol/local/topics.ts'
import type { Device } from '../devices/device.ts'
import { SimulatedDevice } from '../devices/simulated-device.ts'
import { type Account, SAMPLE_ACCOUNTS } from '../host/accounts.ts'
import { Stage } from '../stage/stage.ts'
import type { ShopOnPage } from './shop-on-page.ts'

const TERMINAL = 'QUAY01'
const MEMBERS: readonly { readonly kind: DeviceKind; readonly id: string; readonly counter?: string }[] = [
  { kind: 'vending', id: 'vending-1' },
  { kind: 'paybox', id: 'paybox-1' },
  { kind: 'soundbox', id: 'soundbox-1' },
  { kind: 'countercall', id: 'countercall-1', counter: '1' },
  { kind: 'pos', id: 'pos-1' },
]
/** How long the gateway and the devices may take to come. */
const ARRIVAL_MS = 30_000
const LOOK_AGAIN_MS = 50

const statusShape = z.looseObject({ ready: z.boolean() })

/** A shop of its own for the page: simulated VietQR, the gateway as a process, and one device of every native kind. */
export class UiShop implements ShopOnPage, AsyncDisposable {
  readonly devices: Device[] = []
  readonly host: Stage['host']
  readonly till: ShopOnPage['till']
  /** The control port of the host, where faults are set. */
  readonly control: string
  readonly #stage: Stage

  private constructor(stage: Stage, account: Account) {
    this.#stage = stage
    this.host = stage.host
    this.control = stage.control
    this.till = { bankAccount: account.bankAccount, terminalCode: TERMINAL }
  }

  /** Everybody is connected and can be told things. */
  static async open(): Promise<UiShop> {
    const [account] = SAMPLE_ACCOUNTS
    if (account === undefined) throw new Error('the simulated host has no account to pay to')
    const stage = await Stage.open({ accounts: SAMPLE_ACCOUNTS, host: { build: 5 } })
    const shop = new UiShop(stage, account)
    try {
      await stage.addTerminal(TERMINAL, account)
      for (const member of MEMBERS) await shop.#switchOn(member)
      await shop.#untilReady()
      return shop
    } catch (error) {
      await shop[Symbol.asyncDispose]()
      throw error
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.devices.map(device => device.powerOff()))
    await this.#stage[Symbol.asyncDispose]()
  }

  async #switchOn({ kind, id, counter }: (typeof MEMBERS)[number]): Promise<void> {
    const device = new SimulatedDevice({ kind, deviceId: id, ...(await this.#stage.pair(kind, id, TERMINAL, counter)) })
    this.devices.push(device)
    device.powerOn()
  }

  async #untilReady(): Promise<void> {
    const deadline = performance.now() + ARRIVAL_MS
    for (;;) {
      const { ready } = statusShape.parse(await this.#stage.gateway.ask('status', {}))
      if (ready && this.devices.every(device => device.online)) return
      if (performance.now() > deadline) throw new Error('the shop does not come together; the machine may be too busy')
      await delay(LOOK_AGAIN_MS)
    }
  }
}
