import type { Device } from '../../../device-sim/devices/device.ts'
import type { Effect } from '../../../device-sim/devices/effects.ts'
import type { BoxKind, Quirks } from '../../../device-sim/devices/quirks.ts'
import { SimulatedBox } from '../../../device-sim/devices/simulated-box.ts'
import { HostBroker } from '../../../device-sim/host/broker.ts'
import type { Clock } from '../../../gateway/clock.ts'
import { Happenings } from '../../support/happenings.ts'
import { Partner } from '../partner.ts'

export const MAC = 'AA:BB:CC:DD:EE:FF'
/** An invented key, and what VietQR makes of it for the box VVB123456. */
export const KEY = 'TESTKEY-NOT-REAL-1'
export const CHECK_SUM = '3db5ba7e5a41f4717852d27178892e18'
export const BOX_ID = 'VlZCMTIzNDU2VEVTVEtFWS1OT1QtUkVBTC0x'
export const CERTIFICATE = 'CERT-VVB-VlZCMTIzNDU2QUFCQkNDRERFRUZGVEVTVEtFWS1OT1QtUkVBTC0x'
export const TO_BOX = `vietqr/boxId/${BOX_ID}`
const ANSWER = `/vqr/handle-box/response/${MAC}`

export const N16 = {
  notificationType: 'N16',
  bankAccount: '9990000001',
  bankShortName: 'MBBank',
  userBankName: 'CONG TY MAU',
  terminalCode: 'VVB123456',
  terminalName: 'Quán thử',
  qrCode: 'QR-STATIC',
  bankCode: 'MB',
  imgBank: '',
  homePage: '',
}

/** A broker, a partner that plays what is behind it, and one box. */
export class Counter {
  readonly host: Partner
  readonly box: SimulatedBox
  readonly effects: Effect[] = []
  readonly problems: string[] = []
  readonly #broker: HostBroker
  readonly #happenings = new Happenings()
  #reachable = 0

  private constructor(broker: HostBroker, host: Partner, box: SimulatedBox) {
    this.#broker = broker
    this.host = host
    this.box = box
    watch(box, this.effects, this.problems, () => this.#happenings.happened())
    box.events.on('reachable', () => {
      this.#reachable += 1
      this.#happenings.happened()
    })
  }

  static async open(
    kind: BoxKind,
    quirks: Partial<Quirks> = {},
    more: { readonly internet?: boolean; readonly clock?: Clock } = {},
  ): Promise<Counter> {
    const broker = new HostBroker({ port: 0 })
    const url = await broker.start()
    const host = await Partner.connect(url, ['/vqr/handle-box', 'vietqr/#', '$SYS/+/new/clients'])
    const login = { username: 'box', password: 'not-a-secret', boxKey: KEY, mac: MAC }
    const backoff = { first: 10, most: 20 }
    return new Counter(
      broker,
      host,
      new SimulatedBox({ kind, url, ...login, quirks, ...more, backoff, random: () => 0.5 }),
    )
  }

  /** Switched on and told who it is. */
  async paired(): Promise<this> {
    this.box.powerOn()
    await this.answered()
    return this
  }

  /** The next time it asks who it is, it is told. */
  async answered(): Promise<void> {
    const times = this.#reachable
    await this.host.on('/vqr/handle-box')
    this.host.forget()
    await this.host.publish(ANSWER, { qrCertificate: CERTIFICATE, boxId: BOX_ID })
    await this.#happenings.until(() => this.#reachable > times, 'it has subscribed')
  }

  /** The client id of the next connection the broker takes. */
  async connected(): Promise<string> {
    return (await this.host.hear(({ topic }) => topic.startsWith('$SYS/'), 'a connection')).text
  }

  /** The first effect that fits, after which `effects` has more to tell. */
  async sees(fits: (effect: Effect) => boolean, what: string, times = 1): Promise<void> {
    await this.#happenings.until(
      () => this.effects.filter(fits).length >= times,
      `${what}; seen ${JSON.stringify(this.effects)}`,
    )
  }

  async says(pattern: RegExp): Promise<void> {
    await this.#happenings.until(() => this.problems.some(problem => pattern.test(problem)), `it says ${pattern}`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.box.stop()
    await this.host[Symbol.asyncDispose]()
    await this.#broker.stop()
  }
}

function watch(device: Device, effects: Effect[], problems: string[], happened: () => void): void {
  device.events.on('effect', effect => {
    effects.push(effect)
    happened()
  })
  device.events.on('problem', problem => {
    problems.push(problem)
    happened()
  })
}
