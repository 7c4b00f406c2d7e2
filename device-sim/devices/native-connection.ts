import type { Clock } from '../../gateway/clock.ts'
import { deviceTopic, type UpPath } from '../../protocol/local/topics.ts'
import { DeviceLink, type Incoming } from './link.ts'
import { PacketBuffer } from './packet-buffer.ts'
import type { Quirks } from './quirks.ts'

/** A native device's way to the gateway. Its credential is its id and its password. */
export interface NativeConnectionOptions {
  /** `mqtt://…` or `mqtts://…`. */
  readonly url: string
  readonly deviceId: string
  readonly password: string
  /** PEM of the gateway's authority, for mqtts. */
  readonly ca?: string | Buffer | undefined
  /** Milliseconds before the first new try after a lost link, and the most it grows to. Default 500 and 30 000. */
  readonly backoff?: { readonly first: number; readonly most: number } | undefined
  /** Default 30. */
  readonly keepaliveSeconds?: number | undefined
}

interface NativeConnectionOwner {
  /** `path` is the part of the topic after the device's root. */
  message(path: string, text: string): void
  /** Connected: the first thing to say is what is retained. */
  connected(): void
  /** The broker has acknowledged the subscription. */
  reachable(): void
  gone(): void
  problem(reason: string): void
}

const BACKOFF = { first: 500, most: 30_000 }

export class NativeConnection {
  readonly #deviceId: string
  readonly #quirks: Quirks
  readonly #clock: Clock
  readonly #owner: NativeConnectionOwner
  readonly #buffer: PacketBuffer
  readonly #link: DeviceLink
  readonly #tls: boolean
  #reachable = false
  #connections = 0
  /** Monotonic milliseconds when it was switched on. */
  #since = 0
  #cancelOpening: () => void = () => {}

  constructor(options: NativeConnectionOptions, quirks: Quirks, clock: Clock, owner: NativeConnectionOwner) {
    const { url, deviceId, password, ca, backoff = BACKOFF, keepaliveSeconds = quirks.keepaliveSeconds } = options
    this.#deviceId = deviceId
    this.#quirks = quirks
    this.#clock = clock
    this.#owner = owner
    this.#buffer = new PacketBuffer(quirks.bufferBytes, quirks.dirtyBuffer)
    this.#tls = url.startsWith('mqtts:')
    const login = { url, username: deviceId, password, ca, keepaliveSeconds, backoff }
    const { cleanSession: clean, network } = quirks
    this.#link = new DeviceLink(
      { ...login, clean, will: this.#will(), network, clock },
      {
        clientId: () => this.#clientId(),
        message: (incoming, done) => done(this.#take(incoming)),
        connected: () => this.#subscribe(),
        gone: () => {
          this.#reachable = false
          owner.gone()
        },
        problem: reason => owner.problem(reason),
      },
    )
  }

  /** Connected, with a subscription the broker has acknowledged. */
  get reachable(): boolean {
    return this.#reachable
  }

  /** What its own clock says, epoch milliseconds: 1970 until it has asked somebody. */
  clockNow(): number {
    const sinceOn = this.#clock.monotonic() - this.#since
    return this.#wrongForMs > sinceOn ? sinceOn : this.#clock.now()
  }

  open(): void {
    this.#since = this.#clock.monotonic()
    if (!this.#tls || this.#wrongForMs === 0) {
      this.#link.open()
      return
    }
    this.#owner.problem('its clock says 1970, so that no certificate is valid yet')
    this.#cancelOpening = this.#clock.after(this.#wrongForMs, () => this.#link.open())
  }

  busy(busy: boolean): void {
    if (busy) this.#link.block()
    else this.#link.free()
  }

  /** At QoS 1 it waits for the link if there is none and resolves with the broker's acknowledgement. */
  publish(path: UpPath, body: object, retain = false): Promise<void> {
    const how = this.#quirks.publishRetained ? ({ qos: 0, retain: true } as const) : ({ qos: 1, retain } as const)
    return this.#link.publish(this.#topic(path), JSON.stringify(body), how)
  }

  async close(): Promise<void> {
    this.#rest()
    await this.#link.close()
  }

  async cut(): Promise<void> {
    this.#rest()
    await this.#link.cut()
  }

  #rest(): void {
    this.#reachable = false
    this.#connections = 0
    this.#cancelOpening()
  }

  /** @returns whether it is acknowledged */
  #take(incoming: Incoming): boolean {
    if (!this.#buffer.fits(incoming.packetBytes)) return false
    this.#owner.message(incoming.topic.slice(this.#topic('').length), this.#buffer.read(incoming))
    return true
  }

  #subscribe(): void {
    this.#link.subscribe([`${this.#topic('down')}/#`], 1).then(
      () => {
        this.#reachable = true
        this.#owner.reachable()
      },
      error => this.#owner.problem(`the subscription was refused: ${error.message}`),
    )
    this.#owner.connected()
  }

  /** A suffix makes a client id another one that the gateway takes. */
  #clientId(): string {
    const suffix = this.#quirks.newClientIds && this.#connections > 0 ? `.${this.#connections}` : ''
    this.#connections += 1
    return `${this.#deviceId}${suffix}`
  }

  #will(): { readonly topic: string; readonly payload: string; readonly qos: 1 } | null {
    const paths = { right: 'up/status', 'wrong-topic': 'up/connection', 'trailing-blank': 'up/status ', none: null }
    const path = paths[this.#quirks.will]
    return path === null ? null : { topic: this.#topic(path), payload: '{"online":false}', qos: 1 }
  }

  get #wrongForMs(): number {
    return this.#quirks.clockWrongSeconds * 1_000
  }

  #topic(path: string): string {
    return deviceTopic(this.#deviceId, path)
  }
}
