/**
 * A device's way to the broker, with the manners of its firmware.
 *
 * A packet that comes in is handed on together with a `done`, and the next one is not read before it was called: a device
 * that is busy pulsing reads nothing, answers nothing and sends no ping, as a firmware with one loop. `done(false)` leaves the
 * packet without its PUBACK, as a client does whose buffer is too small for it.
 */
import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { IClientOptions } from 'mqtt'
import type { Clock } from '../../gateway/clock.ts'
import { FirmwareClient } from './firmware-client.ts'
import { linkWords, tlsPortWords } from './link-words.ts'
import type { NetworkFault } from './quirks.ts'

export interface LinkOptions {
  /** `mqtt://…` or `mqtts://…`. */
  readonly url: string
  readonly username?: string | undefined
  readonly password?: string | undefined
  /** PEM of the broker's authority, for mqtts. */
  readonly ca?: string | Buffer | undefined
  readonly clean: boolean
  readonly keepaliveSeconds: number
  readonly will: { readonly topic: string; readonly payload: string; readonly qos: 0 | 1 } | null
  /** Milliseconds before the first new try after a lost link, and the most it grows to. */
  readonly backoff: { readonly first: number; readonly most: number }
  readonly network: NetworkFault | null
  readonly clock: Clock
}

export interface Incoming {
  readonly topic: string
  readonly payload: Buffer
  readonly qos: 0 | 1 | 2
  /** Bytes of the whole packet as it came over the line. */
  readonly packetBytes: number
}

interface LinkOwner {
  /** Asked before each connection. */
  clientId(): string
  message(incoming: Incoming, done: (acknowledge: boolean) => void): void
  connected(): void
  gone(): void
  problem(reason: string): void
}

const CONNECT_TIMEOUT_MS = 10_000
/** How long a device that heard nothing more takes to notice, where the fault does not say: 1.5 times a keepalive of 15 s. */
const NOTICE_MS = 22_500
const TLS_ALERT = 0x15
const NOT_ACKNOWLEDGED = new Error('not acknowledged')

export class DeviceLink {
  readonly #options: LinkOptions
  readonly #owner: LinkOwner
  readonly #where: { readonly host: string; readonly port: number; readonly tls: boolean }
  #client: FirmwareClient | undefined
  /** Connections the device has forgotten without closing them. */
  readonly #ghosts = new Set<FirmwareClient>()
  #blocked = false
  /** The link was lost while it could not be made anew. */
  #lost = false
  #cancelFault: () => void = () => {}

  constructor(options: LinkOptions, owner: LinkOwner) {
    this.#options = options
    this.#owner = owner
    this.#where = addressOf(options.url)
  }

  get connected(): boolean {
    return this.#client?.connected ?? false
  }

  /** Begins to connect, and does so again whenever the link is lost. */
  open(): void {
    if (this.#client !== undefined) return
    this.#connect()
    const { network, clock } = this.#options
    if (network !== null) this.#cancelFault = clock.after(network.afterMs, () => this.#fail(network))
  }

  /** Reads nothing more until `free`: the device is busy. */
  block(): void {
    this.#blocked = true
    const client = this.#client
    if (client === undefined) return
    client.blocked = true
    // Nor does it make a new link before it has time to.
    client.options.reconnectPeriod = 0
  }

  free(): void {
    const client = this.#client
    if (!this.#blocked || client === undefined) return
    this.#blocked = false
    client.options.reconnectPeriod = this.#options.backoff.first
    if (this.#lost) client.reconnect()
    client.free()
  }

  /** At QoS 1 it waits for a link if there is none and resolves with the acknowledgement; at QoS 0 it may be lost. */
  async publish(topic: string, payload: string, how: { readonly qos: 0 | 1; readonly retain: boolean }): Promise<void> {
    if (how.qos === 0 && !this.connected) return
    await this.#client?.publishAsync(topic, payload, how)
  }

  /** @throws Error when the broker refuses one of them */
  async subscribe(topics: readonly string[], qos: 0 | 1): Promise<void> {
    await this.#client?.subscribeAsync([...topics], { qos })
  }

  /** Says DISCONNECT, so that the broker keeps the will to itself. */
  async close(): Promise<void> {
    await this.#end(client => !client.connected)
  }

  /** Ends without a word, as when the power goes: the broker publishes the will. */
  async cut(): Promise<void> {
    await this.#end(() => true)
  }

  async #end(abruptly: (client: FirmwareClient) => boolean): Promise<void> {
    this.#cancelFault()
    const client = this.#client
    this.#client = undefined
    for (const ghost of this.#ghosts) ghost.end(true)
    this.#ghosts.clear()
    this.#blocked = false
    this.#lost = false
    await client?.endAsync(abruptly(client) || client.blocked)
  }

  #connect(): void {
    const {
      url: _url,
      ca: _ca,
      network: _network,
      clock: _clock,
      will,
      backoff,
      keepaliveSeconds,
      ...login
    } = this.#options
    let reported = false
    let live = false
    const report = (error: unknown): void => {
      if (this.#client !== client || reported) return
      reported = true
      const { host, port, tls } = this.#where
      this.#owner.problem(
        error === TLS_ALERT
          ? tlsPortWords(`${host}:${port}`)
          : linkWords(error, { where: `${host}:${port}`, tls, live }),
      )
    }
    const options: IClientOptions = {
      protocolVersion: 4,
      clientId: this.#owner.clientId(),
      clean: login.clean,
      ...(login.username === undefined ? {} : { username: login.username }),
      ...(login.password === undefined ? {} : { password: login.password }),
      keepalive: keepaliveSeconds,
      connectTimeout: CONNECT_TIMEOUT_MS,
      reconnectPeriod: backoff.first,
      // A gateway that cannot let anybody in now may be able to in a moment.
      reconnectOnConnackError: true,
      resubscribe: false,
      queueQoSZero: false,
      ...(will === null ? {} : { will: { ...will, payload: Buffer.from(will.payload), retain: true } }),
    }
    const client = new FirmwareClient(() => this.#openSocket(report), options)
    this.#client = client
    client.blocked = this.#blocked
    client.handleMessage = (packet, callback) => {
      const { topic, payload, qos, length } = packet
      const remaining = length ?? 0
      const incoming = {
        topic: topic.toString(),
        payload: Buffer.from(payload),
        qos,
        packetBytes: 1 + lengthBytes(remaining) + remaining,
      }
      client.whenFree(() => {
        if (this.#client !== client) return
        this.#owner.message(incoming, acknowledge => (acknowledge ? callback() : callback(NOT_ACKNOWLEDGED)))
      })
    }
    client.on('connect', () => {
      live = true
      reported = false
      this.#lost = false
      client.options.reconnectPeriod = backoff.first
      this.#owner.connected()
    })
    client.on('reconnect', () => {
      reported = false
      client.options.clientId = this.#owner.clientId()
      const ceiling = Math.min(backoff.most, 2 * (client.options.reconnectPeriod ?? backoff.first))
      // Between half and all of it, so that the devices of a shop do not all knock at once.
      client.options.reconnectPeriod = Math.max(backoff.first, Math.round(ceiling * (0.5 + Math.random() / 2)))
    })
    client.on('close', () => {
      if (this.#client !== client) return
      if (!live) report(undefined)
      live = false
      this.#lost = this.#blocked
      this.#owner.gone()
    })
    client.on('error', report)
  }

  #openSocket(report: (error: unknown) => void): Socket {
    const { host, port, tls } = this.#where
    const { ca } = this.#options
    if (tls)
      return connectTls({
        host,
        port,
        ...(isIP(host) ? {} : { servername: host }),
        ...(ca === undefined ? {} : { ca }),
      })
    const socket = connectTcp({ host, port })
    socket.once('data', (first: Buffer) => {
      if (first[0] !== TLS_ALERT) return
      report(TLS_ALERT)
      socket.destroy()
    })
    return socket
  }

  /** What goes wrong between the device and its broker, once. */
  #fail({ kind, forMs }: NetworkFault): void {
    const { clock } = this.#options
    const client = this.#client
    if (client === undefined) return
    if (kind === 'outage') {
      client.options.reconnectPeriod = 0
      client.stream.destroy()
      this.#cancelFault = clock.after(forMs ?? NOTICE_MS, () => {
        client.options.reconnectPeriod = this.#options.backoff.first
        client.reconnect()
      })
      return
    }
    // The socket stays open and nobody is at its end: the broker finds out by the keepalive.
    client.blocked = true
    this.#owner.gone()
    if (kind === 'death') return
    this.#cancelFault = clock.after(kind === 'address' ? 0 : (forMs ?? NOTICE_MS), () => {
      this.#ghosts.add(client)
      client.options.reconnectPeriod = 0
      this.#connect()
    })
  }
}

function addressOf(url: string): { readonly host: string; readonly port: number; readonly tls: boolean } {
  const { protocol, hostname, port } = new URL(url)
  const tls = protocol === 'mqtts:'
  return { host: hostname.replace(/^\[(.*)\]$/, '$1'), port: port === '' ? (tls ? 8883 : 1883) : Number(port), tls }
}

/** Bytes of MQTT's "remaining length". */
function lengthBytes(remaining: number): number {
  return remaining < 128 ? 1 : remaining < 16_384 ? 2 : 3
}
