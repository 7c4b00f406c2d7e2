import { randomUUID } from 'node:crypto'
import type { Duplex } from 'node:stream'
import { connect, type IClientOptions, MqttClient } from 'mqtt'
import { Refusal } from './refusal.ts'

/** Where the service finds its broker: an address, or a function that opens a connection to one beside it. */
export interface HostConnectionOptions {
  readonly broker: string | (() => Duplex)
  readonly username?: string | undefined
  readonly password?: string | undefined
  /** PEM of a private authority. */
  readonly ca?: string | Buffer | undefined
}

interface HostConnectionOwner {
  message(topic: string, payload: Uint8Array, retained: boolean): void
  connected(): void
  disconnected(reason: string): void
}

interface Manner {
  readonly qos: 0 | 1 | 2
  readonly retain: boolean
}

const USUAL: Manner = { qos: 1, retain: false }

/** Paho's defaults, which the server leaves alone (VietQR server source). */
const KEEPALIVE_SECONDS = 60
const CONNECT_TIMEOUT_MS = 30_000
/** Between two tries it waits two seconds more each time, a minute at most (VietQR server source). */
const STEP_MS = 2_000
const LONGEST_MS = 60_000

/**
 * The server's one MQTT client: a random client id for each start, clean session, everything below `#` at QoS 2, no will.
 * What is published while it is away never reaches it, and it is handed every retained message again at each return.
 */
export class HostConnection {
  readonly #options: HostConnectionOptions
  readonly #owner: HostConnectionOwner
  #client: MqttClient | undefined
  /** What is under way, for which nobody waits any longer once the link is gone. */
  readonly #sending = new Set<() => void>()

  constructor(options: HostConnectionOptions, owner: HostConnectionOwner) {
    this.#options = options
    this.#owner = owner
  }

  /** Connects and subscribes; rejects when the first try fails, and keeps on trying after a link that was lost later. */
  async start(): Promise<void> {
    const client = this.#open()
    this.#client = client
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    let reason = 'the broker closed the connection'
    client.on('error', error => {
      reason = error.message
      reject(error)
    })
    client.on('close', () => {
      for (const lose of [...this.#sending]) lose()
      reject(new Error(reason))
      if (this.#client !== undefined) this.#owner.disconnected(reason)
    })
    client.on('reconnect', () => {
      const last = client.options.reconnectPeriod ?? STEP_MS
      client.options.reconnectPeriod = Math.min(LONGEST_MS, last + STEP_MS)
    })
    client.on('connect', () => {
      client.options.reconnectPeriod = STEP_MS
      client.subscribe('#', { qos: 2 }, error => {
        if (error) return reject(error)
        this.#owner.connected()
        resolve()
      })
    })
    client.on('message', (topic, payload, packet) => this.#owner.message(topic, payload, packet.retain))
    try {
      await promise
    } catch (error) {
      await this.stop()
      throw error
    }
  }

  async stop(): Promise<void> {
    const client = this.#client
    this.#client = undefined
    if (client === undefined) return
    await client.endAsync(!client.connected)
  }

  /** Loses the link and stays away for a while; what is published meanwhile never reaches the server. */
  leave(milliseconds: number): void {
    const client = this.#client
    if (client === undefined) return
    client.options.reconnectPeriod = Math.max(1, milliseconds)
    client.stream.destroy()
  }

  get connected(): boolean {
    return this.#client?.connected === true
  }

  /**
   * Once, at QoS 1 and not retained unless asked. Resolves to false when it is lost, because the link is down or falls meanwhile.
   * @throws Refusal for a topic nothing can be published on
   */
  async publish(topic: string, payload: string | Buffer, how: Manner = USUAL): Promise<boolean> {
    if (/[+#]/.test(topic)) throw new Refusal(null, 'the MQTT client throws: a topic to publish on has a wildcard')
    const client = this.#client
    if (client?.connected !== true) return false
    const gone = Promise.withResolvers<boolean>()
    const lose = (): void => gone.resolve(false)
    this.#sending.add(lose)
    try {
      const sent = client.publishAsync(topic, payload, how).then(
        () => true,
        () => false,
      )
      return await Promise.race([sent, gone.promise])
    } finally {
      this.#sending.delete(lose)
    }
  }

  #open(): MqttClient {
    const { broker, username, password, ca } = this.#options
    const options: IClientOptions = {
      protocolVersion: 4,
      clientId: randomUUID(),
      clean: true,
      keepalive: KEEPALIVE_SECONDS,
      connectTimeout: CONNECT_TIMEOUT_MS,
      reconnectPeriod: STEP_MS,
      resubscribe: false,
      queueQoSZero: false,
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password }),
      ...(ca === undefined ? {} : { ca }),
      rejectUnauthorized: true,
    }
    return typeof broker === 'function' ? new MqttClient(broker, options) : connect(broker, options)
  }
}
