import { connect, type MqttClient } from 'mqtt'
import { deviceTopic, type UpPath } from '../../protocol/local/topics.ts'

/** A device's way to the gateway. Its credential is its id and its password. */
export interface DeviceConnectionOptions {
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

interface DeviceConnectionOwner {
  /** `path` is the part of the topic after the device's root. */
  message(path: string, payload: Uint8Array): void
  /** Connected: the first thing to say is what is retained. */
  connected(): void
  /** The broker has acknowledged the subscription. */
  reachable(): void
  gone(): void
  problem(reason: string): void
}

const KEEPALIVE_SECONDS = 30
const BACKOFF = { first: 500, most: 30_000 }

export class DeviceConnection {
  readonly #options: DeviceConnectionOptions
  readonly #owner: DeviceConnectionOwner
  #client: MqttClient | undefined
  #reachable = false

  constructor(options: DeviceConnectionOptions, owner: DeviceConnectionOwner) {
    this.#options = options
    this.#owner = owner
  }

  /** Begins to connect, and does so again whenever the link is lost. */
  open(): void {
    const { url, deviceId, password, ca, backoff = BACKOFF, keepaliveSeconds = KEEPALIVE_SECONDS } = this.#options
    const client = connect(url, {
      protocolVersion: 4,
      clientId: deviceId,
      username: deviceId,
      password,
      clean: true,
      keepalive: keepaliveSeconds,
      reconnectPeriod: backoff.first,
      // A gateway that cannot let anybody in now may be able to in a moment.
      reconnectOnConnackError: true,
      resubscribe: false,
      will: { topic: this.#topic('up/status'), payload: Buffer.from('{"online":false}'), qos: 1, retain: true },
      rejectUnauthorized: true,
      ...(ca === undefined ? {} : { ca }),
    })
    this.#client = client
    client.on('connect', () => {
      client.options.reconnectPeriod = backoff.first
      this.#subscribe(client)
      this.#owner.connected()
    })
    client.on('reconnect', () => {
      const ceiling = Math.min(backoff.most, 2 * (client.options.reconnectPeriod ?? backoff.first))
      // Between half and all of it, so that the devices of a shop do not all knock at once.
      client.options.reconnectPeriod = Math.max(backoff.first, Math.round(ceiling * (0.5 + Math.random() / 2)))
    })
    client.on('message', (topic, payload) => this.#owner.message(topic.slice(this.#topic('').length), payload))
    client.on('close', () => {
      this.#reachable = false
      this.#owner.gone()
    })
    client.on('error', error => this.#owner.problem(error.message))
  }

  /** At QoS 1; waits for the link if there is none. Resolves with the broker's acknowledgement. */
  async publish(path: UpPath, body: object, retain = false): Promise<void> {
    await this.#client?.publishAsync(this.#topic(path), JSON.stringify(body), { qos: 1, retain })
  }

  /** Connected, with a subscription the broker has acknowledged. */
  get reachable(): boolean {
    return this.#reachable
  }

  /** Says DISCONNECT, so that the broker keeps the will to itself. */
  async close(): Promise<void> {
    const client = this.#client
    this.#client = undefined
    await client?.endAsync(!client.connected)
  }

  /** Ends without a word, as when the power goes: the broker publishes the will. */
  async cut(): Promise<void> {
    const client = this.#client
    this.#client = undefined
    await client?.endAsync(true)
  }

  #subscribe(client: MqttClient): void {
    client.subscribe(`${this.#topic('down')}/#`, { qos: 1 }, error => {
      if (error) {
        this.#owner.problem(`the subscription was refused: ${error.message}`)
        return
      }
      this.#reachable = true
      this.#owner.reachable()
    })
  }

  #topic(path: string): string {
    return deviceTopic(this.#options.deviceId, path)
  }
}
