/**
 * A native device: any of the kinds, as it should be or with quirks. What comes down passes here:
 *
 *   a message → it fits the buffer and the queue has room, or it is never heard of again
 *             → read; one that cannot be is answered `failed`
 *             → its id is among those remembered: answered `duplicate`, and nothing else happens
 *             → its time to live is over (announcements, calls, goods): answered `expired`, and nothing else happens
 *             → the id is remembered, then `received` is said, then the effect happens, then `done` is said
 *
 * The id is remembered before the effect: a machine that loses its power in between has released nothing or not said so,
 * and either way must not release twice.
 */
import { EventEmitter } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { type Clock, systemClock } from '../../gateway/clock.ts'
import { newMessageId } from '../../protocol/ids.ts'
import type { DeviceKind, UpPath } from '../../protocol/local/topics.ts'
import { isoWithOffset } from '../../protocol/time.ts'
import { Behaviour } from './behaviour.ts'
import type { CallKey, Device, DeviceEvents, OrderWish } from './device.ts'
import type { AckStatus, Effect, EffectBody } from './effects.ts'
import { parsedJson, scanQrCode } from './json-scan.ts'
import { pressKey } from './keys.ts'
import { type DownMessage, type DownOf, idOf, readDown } from './messages.ts'
import { NativeConnection, type NativeConnectionOptions } from './native-connection.ts'
import { Player } from './player.ts'
import { type Quirks, usualQuirks } from './quirks.ts'
import { RecentIds } from './recent-ids.ts'
import { Requests } from './requests.ts'
import { ScreenTimer } from './screen-timer.ts'

export interface SimulatedDeviceOptions extends NativeConnectionOptions {
  readonly kind: DeviceKind
  /** How it differs from a device as it should be. */
  readonly quirks?: Partial<Quirks> | undefined
  /** The ids it remembers; given for a machine that is switched on again. */
  readonly memory?: RecentIds | undefined
  readonly clock?: Clock | undefined
  /** Epoch milliseconds, in place of the clock's. */
  readonly now?: (() => number) | undefined
  /** Milliseconds between two reports of its state. Default 50 000. */
  readonly statusEveryMs?: number | undefined
  /** Milliseconds after which an unanswered order is asked for again. Default 5 000. */
  readonly resendMs?: number | undefined
}

const STATUS_EVERY_MS = 50_000
const RESEND_MS = 5_000
const VOLUME = 80
/** The longest a broker is waited for when the device goes. */
const FAREWELL_MS = 1_000

export class SimulatedDevice implements Device {
  readonly events = new EventEmitter<DeviceEvents>()
  readonly kind: DeviceKind
  readonly deviceId: string
  readonly #quirks: Quirks
  readonly #clock: Clock
  readonly #connection: NativeConnection
  #behaviour: Behaviour
  readonly #player: Player
  readonly #screen: ScreenTimer
  readonly #memory: RecentIds
  readonly #orders: Requests<DownOf<'down/order'>>
  readonly #statusEveryMs: number
  #heartbeat: NodeJS.Timeout | undefined
  #volume = VOLUME

  constructor(options: SimulatedDeviceOptions) {
    const { kind, clock = systemClock, now = () => clock.now() } = options
    const quirks = { ...usualQuirks(kind), ...options.quirks }
    this.kind = kind
    this.deviceId = options.deviceId
    this.#quirks = quirks
    this.#clock = { now, monotonic: () => clock.monotonic(), after: (ms, task) => clock.after(ms, task) }
    this.#behaviour = new Behaviour(kind)
    this.#memory = options.memory ?? new RecentIds([], () => {}, quirks.memory)
    this.#orders = new Requests(request => {
      if (this.#connection.reachable) this.#say('up/order', request)
    }, options.resendMs ?? RESEND_MS)
    this.#statusEveryMs = options.statusEveryMs ?? STATUS_EVERY_MS
    this.#screen = new ScreenTimer(quirks.screen, this.#clock, after =>
      this.#show({ effect: 'screen', view: 'menu', after }),
    )
    this.#connection = new NativeConnection(options, quirks, this.#clock, {
      message: (path, text) => this.#hear(path, text),
      connected: () => this.#sayStatus(),
      reachable: () => {
        this.#orders.resend()
        this.events.emit('reachable')
      },
      gone: () => this.events.emit('gone'),
      problem: reason => this.events.emit('problem', reason),
    })
    this.#player = new Player(quirks, this.#clock, {
      show: effect => this.#show(effect),
      busy: busy => this.#connection.busy(busy),
      lost: reason => this.events.emit('problem', reason),
    })
  }

  get online(): boolean {
    return this.#connection.reachable
  }

  powerOn(): void {
    this.#connection.open()
    clearInterval(this.#heartbeat)
    this.#heartbeat = setInterval(() => {
      if (this.#connection.reachable) this.#sayStatus()
    }, this.#statusEveryMs)
  }

  /** The same as `powerOn`. */
  start(): void {
    this.powerOn()
  }

  /** Switches it off in good order: it says that it goes. */
  async stop(): Promise<void> {
    this.#rest()
    if (this.#connection.reachable) {
      const said = this.#connection.publish('up/status', { online: false }, true).catch(() => {})
      await Promise.race([said, delay(FAREWELL_MS, undefined, { ref: false })])
    }
    await this.#connection.close()
  }

  /** What was on its screen is forgotten; the ids are not. */
  async powerOff(): Promise<void> {
    this.#rest()
    this.#behaviour = new Behaviour(this.kind)
    await this.#connection.cut()
  }

  /** The same as `powerOff`. */
  cutPower(): Promise<void> {
    return this.powerOff()
  }

  /**
   * Asks for an order, with the same request again and again until it is answered: with a QR code or with a refusal.
   * @throws DeviceStoppedError
   */
  order(wish: OrderWish): Promise<DownOf<'down/order'>> {
    const requestId = wish.requestId ?? this.#newRequestId()
    this.#screen.shows('wait')
    return this.#orders.ask(requestId, { ...wish, requestId })
  }

  /** Gives up an order, the one on its screen unless told otherwise. Its new state comes as an effect. */
  cancel(orderId = this.#shownOrder()): Promise<void> {
    return this.#connection.publish('up/cancel', { requestId: this.#newRequestId(), orderId })
  }

  /** Asks what the host knows; the answer comes as an effect. */
  lookup(question: { readonly orderId?: string; readonly referenceNumber?: string } = {}): Promise<void> {
    const asked = question.referenceNumber === undefined ? { orderId: this.#shownOrder(), ...question } : question
    return this.#connection.publish('up/lookup', { requestId: this.#newRequestId(), ...asked })
  }

  /** Has an order paid in the sandbox. */
  simulate(orderId = this.#shownOrder()): Promise<void> {
    return this.#connection.publish('up/simulate', { requestId: this.#newRequestId(), orderId })
  }

  /** A key of a counter-call device. */
  press(event: CallKey, about: { readonly counter?: string; readonly ticket?: string } = {}): Promise<void> {
    return this.#connection.publish('up/event', { id: this.#newRequestId(), event, ...about })
  }

  key(line: string): Promise<void> {
    return pressKey(this, line)
  }

  #hear(path: string, text: string): void {
    if (this.#player.full) {
      this.events.emit('problem', `${path} came while the queue was full, and is lost`)
      return
    }
    const value = parsedJson(text)
    const id = idOf(value)
    if (id === null) {
      this.#obey(path, text, value)
      return
    }
    const kept = id.slice(0, this.#quirks.idCharacters)
    if (this.#memory.has(kept)) {
      this.#acknowledge(id, 'duplicate')
      return
    }
    this.#memory.add(kept)
    this.#obey(path, text, value, (status, error) => this.#acknowledge(id, status, error))
  }

  /** Reads a message and does what it says; `acknowledge` is left out where nobody waits for it. */
  #obey(
    path: string,
    text: string,
    value: unknown,
    acknowledge: (status: AckStatus, error?: string) => void = () => {},
  ): void {
    let message: DownMessage
    try {
      message = this.#scanned(readDown(path, value), text)
      if (!this.#behaviour.hears(message.path)) throw new Error(`a ${this.kind} has no use for it`)
    } catch (error) {
      this.events.emit('problem', `${path} cannot be used: ${error instanceof Error ? error.message : String(error)}`)
      acknowledge('failed', `${path} cannot be used by a ${this.kind}`)
      return
    }
    if (isOver(message)) {
      acknowledge('expired')
      return
    }
    const early = this.#quirks.ackBeforeEffect
    acknowledge('received')
    if (early) acknowledge('done')
    const effects = this.#behaviour.perform(message, this.#clock.now())
    this.#player.play(message, effects, () => {
      if (message.path === 'down/vend') this.#say('up/result', { orderId: message.orderId, result: 'ok' })
      if (!early) acknowledge('done')
    })
    if (message.path === 'down/config') this.#volume = message.volume ?? this.#volume
    if (message.path === 'down/order') this.#answered(message)
  }

  #answered(order: DownOf<'down/order'>): void {
    if (order.state === 'awaiting_payment') this.#screen.shows('code')
    if (order.state === 'paid') this.#screen.shows('success')
    if (order.requestId !== undefined) this.#orders.answer(order.requestId, order)
  }

  /** The code of an order as a firmware finds it that searches instead of parsing. */
  #scanned(message: DownMessage, text: string): DownMessage {
    if (message.path !== 'down/order' || !this.#quirks.scanQrCode) return message
    return { ...message, qrCode: scanQrCode(text) ?? undefined }
  }

  #acknowledge(id: string, status: AckStatus, error?: string): void {
    const answer = { id, status, ...(error === undefined ? {} : { error }) }
    this.#say('up/ack', answer)
    this.#show({ effect: 'ack', ...answer })
  }

  #show(effect: EffectBody): void {
    const seen: Effect = { ...effect, at: isoWithOffset(this.#clock.now()) }
    this.events.emit('effect', seen)
  }

  #sayStatus(): void {
    const model = `simulated-${this.kind}`
    this.#say(
      'up/status',
      { online: true, firmware: 'sim', model, battery: 100, rssi: -50, volume: this.#volume },
      true,
    )
  }

  /** What cannot be said now is said when the link is back; what is never said is asked for again by the gateway. */
  #say(path: UpPath, body: object, retain = false): void {
    this.#connection.publish(path, body, retain).catch(error => this.events.emit('problem', String(error)))
  }

  #rest(): void {
    clearInterval(this.#heartbeat)
    this.#player.stop()
    this.#screen.stop()
    this.#orders.stop()
  }

  #shownOrder(): string {
    return this.#behaviour.order?.orderId ?? ''
  }

  #newRequestId(): string {
    return newMessageId(this.#connection.clockNow())
  }
}

/** Whether a message came too late to be heard. The expiry of an order is its own affair: it is shown. */
function isOver(message: DownMessage): boolean {
  return message.path !== 'down/order' && 'ttl' in message && message.ttl <= 0
}
