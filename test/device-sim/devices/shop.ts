import type { AckStatus, Effect } from '../../../device-sim/devices/effects.ts'
import { SimulatedDevice, type SimulatedDeviceOptions } from '../../../device-sim/devices/simulated-device.ts'
import { HostBroker } from '../../../device-sim/host/broker.ts'
import type { DownPath } from '../../../protocol/local/topics.ts'
import { Happenings } from '../../support/happenings.ts'
import { Partner } from '../partner.ts'

export const MOMENT = Date.UTC(2024, 10, 21, 11, 53, 20)
const AT = '2024-11-21T18:53:20.000+07:00'

/** One device on a broker, and a partner that plays the gateway. */
export class Shop {
  readonly gateway: Partner
  readonly url: string
  readonly #broker: HostBroker
  readonly #devices: SimulatedDevice[] = []

  private constructor(broker: HostBroker, url: string, gateway: Partner) {
    this.#broker = broker
    this.url = url
    this.gateway = gateway
  }

  static async open(): Promise<Shop> {
    const broker = new HostBroker({ port: 0 })
    const url = await broker.start()
    return new Shop(broker, url, await Partner.connect(url, ['gw/v1/+/up/#']))
  }

  /** A device that can be told; `effects` grows with what it does, acknowledgements left out. */
  async device(kind: SimulatedDevice['kind'], options: Partial<SimulatedDeviceOptions> = {}): Promise<Watched> {
    const device = new SimulatedDevice({
      kind,
      url: this.url,
      deviceId: `${kind}-1`,
      password: 'not-a-secret',
      now: () => MOMENT,
      backoff: { first: 10, most: 20 },
      ...options,
    })
    this.#devices.push(device)
    const watched = new Watched(device, this.gateway)
    await watched.start()
    return watched
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#devices.map(device => device.stop()))
    await this.gateway[Symbol.asyncDispose]()
    await this.#broker.stop()
  }
}

export class Watched {
  readonly device: SimulatedDevice
  readonly effects: object[] = []
  readonly problems: string[] = []
  readonly #seen: Record<string, unknown>[] = []
  readonly #gateway: Partner
  readonly #happenings = new Happenings()
  #reachable = 0

  constructor(device: SimulatedDevice, gateway: Partner) {
    this.device = device
    this.#gateway = gateway
    device.events.on('effect', effect => {
      if (effect.effect !== 'ack') {
        this.effects.push(withoutTime(effect))
        this.#seen.push({ ...effect })
      }
      this.#happenings.happened()
    })
    device.events.on('problem', problem => {
      this.problems.push(problem)
      this.#happenings.happened()
    })
    device.events.on('reachable', () => {
      this.#reachable += 1
      this.#happenings.happened()
    })
  }

  async start(): Promise<void> {
    this.device.start()
    await this.untilReachable(1)
  }

  async untilReachable(times: number): Promise<void> {
    await this.#happenings.until(() => this.#reachable >= times, 'the device can be told')
  }

  /** The effects that fit, as far as there are any. */
  seen(fits: (effect: Record<string, unknown>) => boolean): readonly Record<string, unknown>[] {
    return this.#seen.filter(fits)
  }

  async complains(pattern: RegExp): Promise<void> {
    await this.#happenings.until(() => this.problems.some(problem => pattern.test(problem)), `it says ${pattern}`)
  }

  async tell(path: DownPath, message: object): Promise<void> {
    await this.#gateway.publish(`gw/v1/${this.device.deviceId}/${path}`, message)
  }

  /** What it has said on a path so far, once it has said `last`. */
  async said(path: string, last: (body: Record<string, unknown>) => boolean): Promise<Record<string, unknown>[]> {
    const topic = `gw/v1/${this.device.deviceId}/${path}`
    await this.#gateway.hear(heard => heard.topic === topic && last(JSON.parse(heard.text)), `the device says ${path}`)
    return this.#gateway.heard.filter(heard => heard.topic === topic).map(heard => JSON.parse(heard.text))
  }

  /** The statuses it gave for ids, in order, once it gave `last`. */
  async acks(last: readonly [id: string, status: AckStatus]): Promise<string[]> {
    const bodies = await this.said('up/ack', ({ id, status }) => id === last[0] && status === last[1])
    return bodies.map(({ id, status }) => `${id} ${status}`)
  }
}

function withoutTime({ at, ...effect }: Effect): object {
  if (at < AT) throw new Error(`the effect is dated ${at}`)
  return JSON.parse(JSON.stringify(effect))
}
