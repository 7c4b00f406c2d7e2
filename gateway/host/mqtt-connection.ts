import type { Socket } from 'node:net'
import type { SecureContext } from 'node:tls'
import type { MqttClient } from 'mqtt'
import type { Clock } from '../clock.ts'
import { readPublish } from '../mqtt/publish-packet.ts'
import { DurableAck, type DurableAckOwner } from './durable-ack.ts'
import { codeOf, LinkFault, type LinkScene, type Peer } from './failure-words.ts'
import { GuardedStream } from './guarded-stream.ts'
import { keepaliveTimer } from './keepalive-timer.ts'
import { createClient, type MqttClientSettings } from './mqtt-client.ts'
import type { Subscriber } from './subscriptions.ts'
import { type HostAddress, openSocket } from './transport.ts'

export interface MqttConnectionSettings extends MqttClientSettings {
  readonly peer: Peer
  readonly address: HostAddress
  readonly secureContext: SecureContext | undefined
  /** Longest wait for TCP, TLS and CONNACK together, and for each SUBACK and UNSUBACK, in milliseconds. */
  readonly connectTimeoutMs: number
}

/**
 * What is taken from the host before some of it has been made durable: what one commit takes (`MOST_JOBS`), because more would
 * only wait in memory. The host need not keep it small: Mosquitto 2.0.11 sends on without regard to its
 * `max_inflight_messages` once the first acknowledgement has come (measured: 9,700 of 10,000 at once).
 */
const INTAKE_LIMITS = { messages: 512, bytes: 16 * 1024 * 1024 }
/** Far more than any message of the host. A larger one would cost memory: of it the beginning is taken. */
const LARGEST_PACKET_BYTES = 4 * 1024 * 1024
const GRACE_MS = 1_000
/** Of MQTT 5: no retained messages at a subscription, the answer "nobody subscribed". */
const NOT_RETAINED = 2
const NO_SUBSCRIBER = 16

export type MqttConnectionOwner = Pick<DurableAckOwner, 'message' | 'lost'>

type Begin<T> = (resolve: (value: T) => void, reject: (error: unknown) => void) => void

/**
 * One network connection to the host, from the first SYN to the close; never used for a second one.
 *
 * MQTT.js keeps what was not acknowledged in a store of the client and sends it again after a reconnect, whoever waited for
 * it having given up long ago. A client for each connection has no past: what was in flight when the link was lost rejects
 * and is not sent by anybody but the gateway's ledger. For the same reason MQTT.js's own reconnect stays off.
 */
export class MqttConnection implements Subscriber {
  readonly #settings: MqttConnectionSettings
  readonly #clock: Clock
  readonly #owner: MqttConnectionOwner
  readonly #pending = new Set<(error: unknown) => void>()
  readonly #closed = Promise.withResolvers<unknown>()
  #phase: LinkScene['phase'] = 'opening'
  #ended = false
  #cause: unknown
  #socket: Socket | undefined
  #stream: GuardedStream | undefined
  #skippedAtTick = 0
  #client: MqttClient | undefined
  #durable: DurableAck | undefined
  /** Of the PUBACK that is being handled; MQTT.js passes its code on only where it is an error. */
  #reasonCode = 0

  constructor(settings: MqttConnectionSettings, clock: Clock, owner: MqttConnectionOwner) {
    this.#settings = settings
    this.#clock = clock
    this.#owner = owner
  }

  get phase(): LinkScene['phase'] {
    return this.#phase
  }

  /** Resolves when the connection is over, with the first cause; undefined when the host closed it without a word. */
  get closed(): Promise<unknown> {
    return this.#closed.promise
  }

  /** Resolves after a CONNACK that accepts; rejects when the connection ended before, whose cause `closed` tells. */
  async open(): Promise<void> {
    const cancel = this.#deadline('the connection was not accepted')
    try {
      const stream = await this.#until<GuardedStream>(resolve => {
        const { address, secureContext } = this.#settings
        const opening = openSocket(address, secureContext, () => resolve(guarded))
        const guarded = this.#watch(opening)
      })
      this.#phase = 'greeting'
      await this.#until<void>(resolve => this.#greet(stream, resolve))
      this.#phase = 'live'
    } finally {
      cancel()
    }
  }

  subscribe(topics: readonly string[]): Promise<readonly number[]> {
    return this.#answer('SUBACK', (client, resolve, reject) => {
      const { version } = this.#settings
      const how = version === 5 ? { rh: NOT_RETAINED } : {}
      // What the broker says of itself is true only now: it is not to be kept while we are away.
      const list = Object.fromEntries(
        topics.map(topic => [topic, { qos: topic.startsWith('$') ? 0 : 1, ...how }] as const),
      )
      client.subscribe(list, (error, _grants, suback) => {
        // A refusal of a single topic is an error for MQTT.js; here it is one of the answers.
        if (suback === undefined || suback.granted.length !== topics.length) reject(error)
        else resolve(suback.granted.map(Number))
      })
    })
  }

  unsubscribe(topics: readonly string[]): Promise<void> {
    return this.#answer('UNSUBACK', (client, resolve, reject) => {
      client.unsubscribe([...topics], error => (error ? reject(error) : resolve()))
    })
  }

  /** Resolves with the broker's PUBACK; rejects when the connection ends first. */
  publish(topic: string, payload: string): Promise<void> {
    return this.#until((resolve, reject) => {
      this.#client?.publish(topic, payload, { qos: 1, retain: false }, error => (error ? reject(error) : resolve()))
    })
  }

  /**
   * The same with MQTT 5, not kept by the broker for longer than `seconds`; resolves with whether anybody was subscribed, as far as
   * the broker knows: it counts whoever subscribed, also without the right to read.
   */
  offer(topic: string, payload: string, seconds: number): Promise<boolean> {
    const properties = { messageExpiryInterval: seconds }
    return this.#until((resolve, reject) => {
      this.#client?.publish(topic, payload, { qos: 1, retain: false, properties }, error =>
        error ? reject(error) : resolve(this.#reasonCode !== NO_SUBSCRIBER),
      )
    })
  }

  /** Has the broker forget the message it keeps for this topic. */
  clearRetained(topic: string): Promise<void> {
    return this.#until((resolve, reject) => {
      this.#client?.publish(topic, '', { qos: 1, retain: true }, error => (error ? reject(error) : resolve()))
    })
  }

  /** Ends in good order: acknowledges what is about to become durable, says DISCONNECT, and waits for neither for long. */
  async end(reason: LinkFault): Promise<void> {
    const client = this.#client
    if (client === undefined || this.#phase !== 'live' || this.#ended) return this.destroy(reason)
    this.#cause ??= reason
    await this.#withinGrace(this.#durable?.idle() ?? Promise.resolve())
    this.#durable?.close()
    client.end()
    await this.#withinGrace(this.closed)
    this.destroy(reason)
  }

  /** Ends at once; what was not acknowledged comes again. */
  destroy(cause: unknown): void {
    this.#cause ??= cause
    this.#durable?.close()
    if (this.#socket === undefined) this.#finish()
    else this.#socket.destroy()
  }

  #watch(socket: Socket): GuardedStream {
    const { version } = this.#settings
    const stream = new GuardedStream(socket, LARGEST_PACKET_BYTES, {
      fault: words => this.destroy(new LinkFault(words)),
      message: (firstByte, body, cutFrom) => {
        const message = readPublish(firstByte, body, version)
        if (message === null) this.destroy(new LinkFault('The host sent a message that is not one of MQTT.'))
        else durable.take(message, cutFrom)
      },
    })
    const durable = new DurableAck(
      {
        message: (...message) => this.#owner.message(...message),
        write: bytes => stream.write(bytes),
        hold: () => stream.hold(),
        goOn: () => stream.release(),
        lost: error => this.#owner.lost(error),
        fail: cause => this.destroy(this.#notStored(cause)),
      },
      INTAKE_LIMITS,
    )
    this.#socket = socket
    this.#stream = stream
    this.#durable = durable
    socket.on('error', error => {
      this.#cause ??= error
    })
    socket.once('close', () => this.#finish())
    return stream
  }

  #notStored(cause: unknown): LinkFault {
    const { called } = this.#settings.peer
    return new LinkFault(
      `A message from ${called} was not stored (${codeOf(cause)}): the connection was ended without ` +
        `acknowledging it, so that ${called} sends it again.`,
      { cause },
    )
  }

  #greet(stream: GuardedStream, accepted: () => void): void {
    const client = createClient(
      stream,
      this.#settings,
      keepaliveTimer(this.#clock, task => this.#keepaliveTick(task)),
    )
    this.#client = client
    client.on('packetreceive', packet => {
      if (packet.cmd === 'puback') this.#reasonCode = packet.reasonCode ?? 0
    })
    client.on('error', error => this.destroy(error))
    client.once('connect', accepted)
    client.connect()
  }

  /**
   * While reading is stopped because of our own disk, the host's answers lie unread: its silence means nothing then. Nor does it
   * while a large message comes that MQTT.js does not see.
   */
  #keepaliveTick(task: () => void): void {
    const skipped = this.#stream?.skipped ?? 0
    const skips = skipped > this.#skippedAtTick
    this.#skippedAtTick = skipped
    if (this.#durable?.full !== true && !skips) {
      task()
      return
    }
    this.#client?.sendPing()
    this.#client?.reschedulePing(true)
  }

  async #answer<T>(packet: string, ask: (client: MqttClient, ...settle: Parameters<Begin<T>>) => void): Promise<T> {
    const cancel = this.#deadline(`${packet} did not come`)
    try {
      return await this.#until<T>((resolve, reject) => {
        if (this.#client !== undefined) ask(this.#client, resolve, reject)
      })
    } finally {
      cancel()
    }
  }

  /**
   * Ends the connection unless cancelled in time; time spent on our own full intake, or in which a large message is coming, does not
   * count against the host.
   */
  #deadline(what: string): () => void {
    const milliseconds = this.#settings.connectTimeoutMs
    let skipped = this.#stream?.skipped ?? 0
    const expire = (): void => {
      const { hostname, port } = this.#settings.address
      const skips = (this.#stream?.skipped ?? 0) > skipped
      skipped = this.#stream?.skipped ?? 0
      if (this.#durable?.full === true || skips) cancel = this.#clock.after(milliseconds, expire)
      else
        this.destroy(
          new LinkFault(`${hostname}:${port} did not answer in time: ${what} within ${milliseconds / 1000} s.`),
        )
    }
    let cancel = this.#clock.after(milliseconds, expire)
    return () => cancel()
  }

  /** A promise that also rejects when the connection ends. */
  #until<T>(begin: Begin<T>): Promise<T> {
    if (this.#ended) return Promise.reject(new LinkFault(`The connection to ${this.#settings.peer.called} has ended.`))
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    this.#pending.add(reject)
    begin(resolve, reject)
    return promise.finally(() => this.#pending.delete(reject))
  }

  async #withinGrace(wait: Promise<unknown>): Promise<void> {
    const over = Promise.withResolvers<void>()
    const cancel = this.#clock.after(GRACE_MS, over.resolve)
    await Promise.race([wait, over.promise])
    cancel()
  }

  #finish(): void {
    this.#ended = true
    this.#durable?.close()
    const { called } = this.#settings.peer
    const cause = this.#cause ?? new LinkFault(`The connection was closed by ${called}.`)
    for (const reject of this.#pending) reject(cause)
    this.#closed.resolve(this.#cause)
  }
}
