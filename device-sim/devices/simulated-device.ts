/**
 * A native device as it should be: any of the kinds, as far as their messages go. What comes down passes here:
 *
 *   a message → read; one that cannot be is answered `failed`
 *             → its id is among the last 32: answered `duplicate`, and nothing else happens
 *             → its time to live is over (announcements, calls, goods): answered `expired`, and nothing else happens
 *             → the id is remembered, then `received` is said, then the effect happens, then `done` is said
 *
 * The id is remembered before the effect: a machine that loses its power in between has released nothing or not said so,
 * and either way must not release twice.
 */
import { EventEmitter } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { newMessageId } from '../../protocol/ids.ts'
import type { DeviceKind, UpPath } from '../../protocol/local/topics.ts'
import { isoWithOffset } from '../../protocol/time.ts'
import { Behaviour } from './behaviour.ts'
import { DeviceConnection, type DeviceConnectionOptions } from './connection.ts'
import type { AckStatus, Effect, EffectBody } from './effects.ts'
import { type DownMessage, type DownOf, idOf, readDown } from './messages.ts'
import { RecentIds } from './recent-ids.ts'
import { Requests } from './requests.ts'

export interface SimulatedDeviceOptions extends DeviceConnectionOptions {
  readonly kind: DeviceKind
  /** The ids it remembers; given for a machine that is switched on again. */
  readonly memory?: RecentIds | undefined
  /** Epoch milliseconds. */
  readonly now?: (() => number) | undefined
  /** Milliseconds between two reports of its state. Default 50 000. */
  readonly statusEveryMs?: number | undefined
  /** Milliseconds after which an unanswered order is asked for again. Default 5 000. */
  readonly resendMs?: number | undefined
}

/** What can be watched of a device. */
export interface DeviceEvents {
  effect: [effect: Effect]
  /** The broker has acknowledged its subscription: from now on it can be told. */
  reachable: []
  gone: []
  /** A link, login or message that does not work, in a sentence. */
  problem: [reason: string]
}

/** An order as a person types it in. */
export interface OrderWish {
  /** Whole VND. */
  readonly amount: number
  readonly content?: string | undefined
  readonly ticket?: string | undefined
  readonly counter?: string | undefined
  readonly item?: string | undefined
  /** Seconds. */
  readonly ttl?: number | undefined
  /** A new one when left out. */
  readonly requestId?: string | undefined
}

/** The keys of a counter-call device. */
export const CALL_KEYS = ['next', 'recall', 'serve', 'skip', 'pause', 'resume'] as const
export type CallKey = (typeof CALL_KEYS)[number]

const STATUS_EVERY_MS = 50_000
const RESEND_MS = 5_000
const VOLUME = 80
/** The longest a broker is waited for when the device goes. */
const FAREWELL_MS = 1_000

export class SimulatedDevice {
  readonly events = new EventEmitter<DeviceEvents>()
  readonly kind: DeviceKind
  readonly deviceId: string
  readonly #connection: DeviceConnection
  readonly #behaviour: Behaviour
  readonly #memory: RecentIds
  readonly #orders: Requests<DownOf<'down/order'>>
  readonly #now: () => number
  readonly #statusEveryMs: number
  #heartbeat: NodeJS.Timeout | undefined
  #volume = VOLUME

  constructor(options: SimulatedDeviceOptions) {
    this.kind = options.kind
    this.deviceId = options.deviceId
    this.#behaviour = new Behaviour(options.kind)
    this.#memory = options.memory ?? new RecentIds()
    this.#orders = new Requests(request => {
      if (this.#connection.reachable) this.#say('up/order', request)
    }, options.resendMs ?? RESEND_MS)
    this.#now = options.now ?? Date.now
    this.#statusEveryMs = options.statusEveryMs ?? STATUS_EVERY_MS
    this.#connection = new DeviceConnection(options, {
      message: (path, payload) => this.#hear(path, payload),
      connected: () => this.#sayStatus(),
      reachable: () => {
        this.#orders.resend()
        this.events.emit('reachable')
      },
      gone: () => this.events.emit('gone'),
      problem: reason => this.events.emit('problem', reason),
    })
  }

  /** Switches it on. It connects, and goes on trying until it is stopped; `reachable` tells when it can be told. */
  start(): void {
    this.#connection.open()
    this.#heartbeat = setInterval(() => {
      if (this.#connection.reachable) this.#sayStatus()
    }, this.#statusEveryMs)
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

  /** The power goes: nothing more is said, and the broker publishes the will. */
  async cutPower(): Promise<void> {
    this.#rest()
    await this.#connection.cut()
  }

  /**
   * Asks for an order, with the same request again and again until it is answered: with a QR code or with a refusal.
   * @throws DeviceStoppedError
   */
  order(wish: OrderWish): Promise<DownOf<'down/order'>> {
    const requestId = wish.requestId ?? this.#newRequestId()
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

  #hear(path: string, payload: Uint8Array): void {
    const value = parsed(payload)
    const id = idOf(value)
    if (id === null) {
      this.#obey(path, value)
      return
    }
    if (this.#memory.has(id)) {
      this.#acknowledge(id, 'duplicate')
      return
    }
    this.#memory.add(id)
    this.#obey(path, value, (status, error) => this.#acknowledge(id, status, error))
  }

  /** Reads a message and does what it says; `acknowledge` is left out where nobody waits for it. */
  #obey(path: string, value: unknown, acknowledge: (status: AckStatus, error?: string) => void = () => {}): void {
    let message: DownMessage
    try {
      message = readDown(path, value)
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
    acknowledge('received')
    this.#perform(message)
    acknowledge('done')
  }

  #perform(message: DownMessage): void {
    for (const effect of this.#behaviour.perform(message)) this.#show(effect)
    if (message.path === 'down/vend') this.#say('up/result', { orderId: message.orderId, result: 'ok' })
    if (message.path === 'down/config') this.#volume = message.volume ?? this.#volume
    if (message.path === 'down/order' && message.requestId !== undefined) {
      this.#orders.answer(message.requestId, message)
    }
  }

  #acknowledge(id: string, status: AckStatus, error?: string): void {
    const answer = { id, status, ...(error === undefined ? {} : { error }) }
    this.#say('up/ack', answer)
    this.#show({ effect: 'ack', ...answer })
  }

  #show(effect: EffectBody): void {
    this.events.emit('effect', { ...effect, at: isoWithOffset(this.#now()) })
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
    this.#orders.stop()
  }

  #shownOrder(): string {
    return this.#behaviour.order?.orderId ?? ''
  }

  #newRequestId(): string {
    return newMessageId(this.#now())
  }
}

/** Whether a message came too late to be heard. The expiry of an order is its own affair: it is shown. */
function isOver(message: DownMessage): boolean {
  return message.path !== 'down/order' && 'ttl' in message && message.ttl <= 0
}

function parsed(payload: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(payload).toString())
  } catch {
    return null
  }
}
