import type { SecureContext } from 'node:tls'
import type { Clock } from '../clock.ts'
import { Backoff } from './backoff.ts'
import { codeOf, failureWords, HOST_PEER, LinkFault, type Peer } from './failure-words.ts'
import { HostDownError, type HostLink, type HostLinkOwner } from './host-link.ts'
import { MqttConnection } from './mqtt-connection.ts'
import { Subscriptions } from './subscriptions.ts'
import { assertTopicName } from './topics.ts'
import { type HostAddress, hostAddress, secureContext, type TlsMaterial } from './transport.ts'

export interface MqttSessionSettings extends TlsMaterial {
  /** `mqtts://name:port` or `mqtt://name:port`. */
  readonly url: string
  readonly username?: string
  readonly password?: string
  readonly clientId: string
  /** false asks the broker to keep the session, and with it what arrives while the link is down. */
  readonly clean: boolean
  /** 0 switches the keepalive off. */
  readonly keepaliveSeconds: number
  /** Default: VietQR's host, over MQTT 3.1.1. */
  readonly peer?: Peer
  readonly version?: 4 | 5
  /** Longest wait for a connection to be accepted, and for the answer to a subscription; 10,000 when absent. */
  readonly connectTimeoutMs?: number
}

/** Where the session tells what happens to it; a pino logger fits. */
export interface SessionLog {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

const CONNECT_TIMEOUT_MS = 10_000

/**
 * The session with VietQR's broker, or with another broker (`peer`).
 *
 *     start() → connecting → subscribing → up ─┐
 *                   ↑             │            │ lost, refused, not stored …
 *                   └── waiting ←─┴────────────┘            stop() leaves from anywhere
 *
 * **connecting** until CONNACK accepts · **subscribing** until the broker has answered for every topic; what the broker kept
 * for a persistent session already arrives now and is taken in · **up** · **waiting** as long as the back-off says. The link
 * counts as down in all of them but up.
 */
export class MqttSession implements HostLink {
  readonly #settings: MqttSessionSettings
  readonly #owner: HostLinkOwner
  readonly #clock: Clock
  readonly #log: SessionLog
  readonly #backoff: Backoff
  readonly #subscriptions = new Subscriptions()
  readonly #peer: Peer
  readonly #stopped: LinkFault
  #secureContext: SecureContext | undefined
  #connection: MqttConnection | undefined
  #running: Promise<void> | undefined
  #stopping = false
  #wake: () => void = () => {}
  #up = false
  #since: number
  #reason: string

  constructor(settings: MqttSessionSettings, owner: HostLinkOwner, clock: Clock, log: SessionLog) {
    this.#settings = settings
    this.#owner = owner
    this.#clock = clock
    this.#log = log
    this.#backoff = new Backoff(clock, Math.random)
    this.#since = clock.now()
    this.#peer = settings.peer ?? HOST_PEER
    this.#stopped = new LinkFault(`The link to ${this.#peer.called} is stopped.`)
    this.#reason = `The link to ${this.#peer.called} was not started yet.`
  }

  get up(): boolean {
    return this.#up
  }

  get since(): number {
    return this.#since
  }

  get reason(): string {
    return this.#reason
  }

  get refusedTopics(): readonly string[] {
    return this.#subscriptions.refused
  }

  /**
   * Begins to connect and does not wait for it: a gateway starts also while its host is away.
   * @throws HostSettingsError
   */
  async start(): Promise<void> {
    if (this.#running !== undefined) return
    const address = hostAddress(this.#settings.url)
    this.#secureContext = address.tls ? secureContext(this.#settings) : undefined
    this.#running = this.#run(address)
  }

  async stop(): Promise<void> {
    this.#stopping = true
    this.#wake()
    await this.#connection?.end(this.#stopped)
    await this.#running
  }

  /** @throws HostDownError, TopicError */
  publish(topic: string, payload: string): Promise<void> {
    return this.#send(topic, connection => connection.publish(topic, payload))
  }

  /** As `MqttConnection.offer`. @throws HostDownError, TopicError */
  offer(topic: string, payload: string, seconds: number): Promise<boolean> {
    return this.#send(topic, connection => connection.offer(topic, payload, seconds))
  }

  /** As `MqttConnection.clearRetained`. @throws HostDownError, TopicError */
  clearRetained(topic: string): Promise<void> {
    return this.#send(topic, connection => connection.clearRetained(topic))
  }

  async #send<T>(topic: string, act: (connection: MqttConnection) => Promise<T>): Promise<T> {
    assertTopicName(topic)
    const connection = this.#connection
    const { called } = this.#peer
    if (!this.#up || connection === undefined || this.#stopping) {
      const why = this.#reason || this.#stopped.message
      throw new HostDownError(`Nothing can be sent to ${called} while the link is down: ${why}`)
    }
    try {
      return await act(connection)
    } catch (cause) {
      throw new HostDownError(`The link was lost before ${called} acknowledged; it may have received the message`, {
        cause,
      })
    }
  }

  /** @throws TopicError when one of them cannot be subscribed to; then nothing is changed. */
  async setSubscriptions(topics: readonly string[]): Promise<void> {
    this.#subscriptions.want(topics)
    const connection = this.#connection
    if (!this.#up || connection === undefined) return
    try {
      await this.#subscriptions.level(connection)
      this.#logSubscriptions()
    } catch {
      // The link was lost meanwhile; the next connection subscribes to the whole list.
    }
  }

  async #run(address: HostAddress): Promise<void> {
    while (!this.#stopping) {
      const connection = this.#connect(address)
      this.#connection = connection
      const cause = await this.#live(connection)
      this.#connection = undefined
      const { clientId } = this.#settings
      const scene = { peer: this.#peer, address, phase: connection.phase, clientId, now: this.#clock.now() }
      const reason = failureWords(cause, scene)
      this.#goneDown(reason, cause)
      await this.#pause(this.#backoff.next())
    }
  }

  #connect(address: HostAddress): MqttConnection {
    const settings = {
      ...this.#settings,
      peer: this.#peer,
      version: this.#settings.version ?? 4,
      address,
      secureContext: this.#secureContext,
      connectTimeoutMs: this.#settings.connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
    }
    return new MqttConnection(settings, this.#clock, {
      message: (...message) => this.#owner.message(...message),
      lost: error =>
        this.#log.error({ err: error }, `A QoS 0 message from ${this.#peer.called} was not stored and is lost`),
    })
  }

  /** One connection from beginning to end; resolves with what ended it. */
  async #live(connection: MqttConnection): Promise<unknown> {
    try {
      await connection.open()
      await this.#subscriptions.renew(connection)
      this.#comeUp()
    } catch (error) {
      // Only what the connection does not know yet counts: its own end has a cause already.
      connection.destroy(error)
    }
    return connection.closed
  }

  #comeUp(): void {
    this.#up = true
    this.#since = this.#clock.now()
    this.#reason = ''
    this.#backoff.linkUp()
    this.#logSubscriptions()
    this.#tell(() => this.#owner.linkUp())
  }

  /** Tells of each end of the link once, and of each new reason why it does not come back. */
  #goneDown(reason: string, cause: unknown): void {
    const wasUp = this.#up
    if (!wasUp && reason === this.#reason) return
    if (wasUp) this.#since = this.#clock.now()
    this.#up = false
    this.#reason = reason
    if (this.#stopping) this.#log.info({}, reason)
    else this.#log.warn({ code: codeOf(cause) }, reason)
    this.#tell(() => this.#owner.linkDown(reason))
  }

  /** A fault of a listener must not end the loop that keeps the link. */
  #tell(task: () => void): void {
    try {
      task()
    } catch (error) {
      this.#log.error({ err: error }, `A listener of the link to ${this.#peer.called} failed`)
    }
  }

  #logSubscriptions(): void {
    const { refused, unacknowledged } = this.#subscriptions
    if (refused.length > 0)
      this.#log.warn({ topics: refused }, `These subscriptions were refused by ${this.#peer.called}`)
    if (unacknowledged.length > 0) {
      const words = `Granted by ${this.#peer.called} at QoS 0 only: messages can be lost on the way`
      this.#log.warn({ topics: unacknowledged }, words)
    }
  }

  #pause(milliseconds: number): Promise<void> {
    if (this.#stopping) return Promise.resolve()
    return new Promise(resolve => {
      const cancel = this.#clock.after(milliseconds, resolve)
      this.#wake = () => {
        cancel()
        resolve()
      }
    })
  }
}
