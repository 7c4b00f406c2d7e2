import { EventEmitter } from 'node:events'
import { type Clock, systemClock } from '../../gateway/clock.ts'
import { isoWithOffset } from '../../protocol/time.ts'
import type { Device, DeviceEvents } from '../devices/device.ts'
import { DeviceLink, type Incoming } from '../devices/link.ts'
import { PlayQueue } from '../devices/play-queue.ts'
import { type Quirks, usualQuirks } from '../devices/quirks.ts'
import type { Act, SoundboxFirmware } from './firmware.ts'

export interface VendorSoundboxOptions {
  readonly firmware: SoundboxFirmware
  readonly url: string
  readonly ca?: string | Buffer | undefined
  /** Its serial: client id and user name. */
  readonly deviceId: string
  readonly password: string
  readonly quirks?: Partial<Quirks> | undefined
  readonly clock?: Clock | undefined
  readonly backoff?: { readonly first: number; readonly most: number } | undefined
}

const BACKOFF = { first: 15_000, most: 15_000 }
const CLIP_MS = 500

/** A sound box of another vendor on its own topics: what it would make of messages the gateway does not send. */
export class VendorSoundbox implements Device {
  readonly events = new EventEmitter<DeviceEvents>()
  readonly kind = 'soundbox'
  readonly deviceId: string
  readonly #firmware: SoundboxFirmware
  readonly #quirks: Quirks
  readonly #clock: Clock
  readonly #queue: PlayQueue
  readonly #link: DeviceLink
  #online = false

  constructor(options: VendorSoundboxOptions) {
    const { firmware, url, ca, deviceId, password, clock = systemClock, backoff = BACKOFF } = options
    const { cleanSession, keepaliveSeconds, bufferBytes, queue, will } = firmware
    const own = { cleanSession, keepaliveSeconds, bufferBytes, queue, wordMs: CLIP_MS }
    const quirks = { ...usualQuirks('soundbox'), ...own, ...options.quirks }
    const { cleanSession: clean, network } = quirks
    this.deviceId = deviceId
    this.#firmware = firmware
    this.#quirks = quirks
    this.#clock = clock
    this.#queue = new PlayQueue(quirks.queue, clock)
    const login = { username: deviceId, password, keepaliveSeconds: quirks.keepaliveSeconds }
    this.#link = new DeviceLink(
      { url, ca, ...login, clean, will, backoff, network, clock },
      {
        clientId: () => deviceId,
        message: (incoming, done) => done(this.#take(incoming)),
        connected: () => this.#connected(),
        gone: () => {
          this.#online = false
          this.events.emit('gone')
        },
        problem: reason => this.events.emit('problem', reason),
      },
    )
  }

  get online(): boolean {
    return this.#online
  }

  powerOn(): void {
    this.#link.open()
  }

  async powerOff(): Promise<void> {
    this.#queue.stop()
    this.#online = false
    await this.#link.cut()
  }

  stop(): Promise<void> {
    return this.powerOff()
  }

  async order(): Promise<void> {
    throw new Error('a soundbox has no keys')
  }

  cancel(): Promise<void> {
    return this.order()
  }

  async key(line: string): Promise<void> {
    if (line.trim() !== '') await this.order()
  }

  #connected(): void {
    for (const act of this.#firmware.hello()) this.#do(act)
    this.#link.subscribe(this.#firmware.topics, 1).then(
      () => {
        this.#online = true
        this.events.emit('reachable')
      },
      error => this.#complain(`a subscription was refused: ${error instanceof Error ? error.message : String(error)}`),
    )
  }

  /** @returns whether it is acknowledged */
  #take({ topic, payload, packetBytes }: Incoming): boolean {
    const { bufferBytes } = this.#quirks
    if (bufferBytes !== null && packetBytes > bufferBytes) return false
    if (this.#queue.full) this.#complain(`${topic} came while the queue was full, and is lost`)
    else for (const act of this.#firmware.hear(topic, payload)) this.#do(act)
    return true
  }

  #do(act: Act): void {
    switch (act.act) {
      case 'publish':
        this.#link
          .publish(act.topic, act.payload, { qos: act.qos, retain: false })
          .catch(error => this.#complain(String(error)))
        break
      case 'play': {
        const { effect } = act
        const show = (): boolean => this.events.emit('effect', { ...effect, at: isoWithOffset(this.#clock.now()) })
        this.#queue.add(act.clips * this.#quirks.wordMs, show)
        break
      }
      case 'ignore':
        this.#complain(act.reason)
        break
      case 'crash':
        this.#complain(`it crashes and starts anew: ${act.reason}`)
        this.powerOff().then(
          () => this.powerOn(),
          error => this.#complain(String(error)),
        )
        break
    }
  }

  #complain(reason: string): void {
    this.events.emit('problem', reason)
  }
}
