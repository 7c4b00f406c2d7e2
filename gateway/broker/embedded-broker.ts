/**
 * The broker inside the gateway: aedes does the packets, this decides everything else. No other file knows aedes.
 *
 * A connection, from its first byte: the listener admits the socket → the front door keeps it until its CONNECT is there → the
 * byte guard lets this one packet through → `admit` asks the owner about its user name and password, then holds client id and
 * will against the rules → the link is open → CONNACK → the guard's gate opens → what the device publishes waits for the owner,
 * in order, and is acknowledged after it → its SUBACK makes the device reachable → the socket closes, and a will becomes the
 * device's last `up/status`. Messages of devices that are nothing out of the ordinary go past aedes (plain-packets.ts); guests'
 * never do.
 *
 * aedes is held to that with four of its own seams: `clean` is forced on every CONNECT, so that it opens no session that
 * outlives a link; `authorizePublish` runs before the PUBACK, so that is where messages are handed over; its router and
 * its store are replaced by ones that do nothing; and messages down are written past it, onto one connection.
 */
import type { Socket } from 'node:net'
import { Aedes, type AedesOptions, type Client, type ConnectPacket, type Subscription } from 'aedes'
import mqttPacket from 'mqtt-packet'
import { deviceTopic } from '../../protocol/local/topics.ts'
import { Arrivals } from './arrivals.ts'
import { ByteGuard } from './byte-guard.ts'
import { type BusAddress, type DeviceBus, type DeviceBusOwner, NotReachableError } from './device-bus.ts'
import { type BrokerLog, DeviceLinks } from './device-links.ts'
import { FrontDoor } from './front-door.ts'
import type { GuestHouse } from './guests.ts'
import { Hearing } from './hearing.ts'
import { Incoming } from './incoming.ts'
import { LIMITS, type Limits } from './limits.ts'
import { Link } from './link.ts'
import { Listeners, type TlsMaterial } from './listeners.ts'
import { checkLogin, claimedDevice, type Login } from './login.ts'
import { forwardsNothing, RemembersNothing } from './routing-nothing.ts'
import { transportOver } from './transport-over.ts'
import { Visitors } from './visitors.ts'

interface EmbeddedBrokerOptions {
  /** Port 0 takes a free one. */
  readonly listeners: readonly BusAddress[]
  /** Needed when there is an mqtts listener. */
  readonly tls?: TlsMaterial
  /** Where later certificates come from. */
  readonly renewals?: { start(renewed: (material: TlsMaterial) => void): void; stop(): void }
  readonly owner: DeviceBusOwner
  /** Those who keep to other rules, and the one listener of `listeners` where they come in. */
  readonly guests?: { readonly house: GuestHouse; readonly on: BusAddress }
  readonly log: BrokerLog
  /** For tests. */
  readonly limits?: Partial<Limits>
}

/** MQTT 3.1.1 in CONNECT, and the code that refuses a subscription in SUBACK. */
const PROTOCOL_LEVEL = 4
const SUBSCRIPTION_REFUSED = 128

export class EmbeddedBroker implements DeviceBus {
  readonly #options: EmbeddedBrokerOptions
  readonly #limits: Limits
  readonly #devices: DeviceLinks
  readonly #hearing: Hearing
  readonly #arrivals: Arrivals
  readonly #unreleased = new RemembersNothing((client, packetId) => this.#visitors.acknowledged(client, packetId))
  readonly #visitors: Visitors
  readonly #connects = new WeakMap<Client, ConnectPacket>()
  readonly #links = new WeakMap<Client, Link>()
  readonly #incoming: Incoming<Client>
  readonly #guards = new Set<ByteGuard>()
  /** Every link whose socket is open, admitted or not. */
  readonly #alive = new Set<Link>()
  #running: { readonly aedes: Aedes; readonly listeners: Listeners } | undefined

  constructor(options: EmbeddedBrokerOptions) {
    this.#options = options
    this.#limits = { ...LIMITS, ...options.limits }
    const { owner, log } = options
    this.#devices = new DeviceLinks(owner, log, this.#limits.links)
    this.#hearing = new Hearing(owner, log, this.#limits)
    this.#arrivals = new Arrivals(this.#limits, log)
    this.#visitors = new Visitors(options.guests?.house, this.#limits, log)
    this.#incoming = new Incoming({
      linkOf: client => this.#links.get(client),
      willOf: client => this.#connects.get(client)?.will,
      isRunning: () => this.#running !== undefined,
      visitors: this.#visitors,
      unreleased: this.#unreleased,
      hearing: this.#hearing,
      log,
    })
  }

  /** Opens all listeners; rejects with ListenError, and nothing is open then. */
  async start(): Promise<void> {
    if (this.#running !== undefined) throw new Error('the local broker is running already')
    const { listeners: wanted, log, tls } = this.#options
    // aedes's way to write packets would keep 65,536 buffers, one for each packet id: 10 MB.
    mqttPacket.writeToStream.cacheNumbers = false
    const aedes = new Aedes(this.#seams())
    const listeners = new Listeners({
      listeners: wanted,
      tls,
      handshakeTimeout: this.#limits.loginTimeout,
      log,
      admit: socket => this.#arrivals.admit(socket),
      accept: socket => this.#accept(aedes, socket),
    })
    this.#running = { aedes, listeners }
    this.#listenTo(aedes)
    try {
      await aedes.listen()
      await listeners.open()
      this.#options.renewals?.start(material => listeners.renew(material))
    } catch (error) {
      await this.stop()
      throw error
    }
  }

  /** Closes listeners and links. No will is told: the gateway leaves, not the devices. */
  async stop(): Promise<void> {
    const running = this.#running
    if (running === undefined) return
    this.#running = undefined
    this.#options.renewals?.stop()
    const links = [...this.#alive]
    for (const guard of this.#guards) guard.destroy()
    await running.listeners.close()
    await Promise.all(links.map(link => link.ended))
    await new Promise<void>(resolve => running.aedes.close(resolve))
    await within(this.#limits.farewell, Promise.all(links.map(link => link.settled())))
  }

  addresses(): readonly BusAddress[] {
    return [...(this.#running?.listeners.addresses ?? [])]
  }

  reaches(deviceId: string, path: string): boolean {
    return this.#devices.holder(deviceId)?.granted(deviceTopic(deviceId, path)) !== undefined
  }

  online(deviceId: string): boolean {
    return this.#devices.online(deviceId)
  }

  async send(deviceId: string, path: string, payload: string): Promise<void> {
    const sent = await this.#devices.holder(deviceId)?.deliver(deviceTopic(deviceId, path), payload)
    if (sent !== true) throw new NotReachableError(deviceId, path)
    this.#hearing.expectAnswers(deviceId)
  }

  disconnect(deviceId: string): void {
    for (const link of this.#alive) if (link.deviceId === deviceId) link.close()
  }

  #seams(): AedesOptions {
    return {
      mq: forwardsNothing,
      persistence: this.#unreleased,
      connectTimeout: this.#limits.loginTimeout,
      drainTimeout: this.#limits.drainTimeout,
      maxInflightInbound: this.#limits.unreleased,
      preConnect: (client, packet, answer) => {
        this.#announce(client, packet)
        answer(null, true)
      },
      authenticate: (client, username, password, answer) => {
        this.#admit(client, username, password).then(
          () => answer(null, true),
          error => answer(error, false),
        )
      },
      authorizePublish: (client, packet, answer) => this.#incoming.hear(client, packet, answer),
      authorizeSubscribe: (client, subscription, answer) => {
        try {
          answer(null, this.#incoming.maySubscribe(client, subscription.topic) ? subscription : null)
        } catch (error) {
          answer(error instanceof Error ? error : new Error(String(error)))
        }
      },
    }
  }

  #listenTo(aedes: Aedes): void {
    const { log } = this.#options
    // The login is accepted and the CONNACK about to be written: nobody who has read it may find the device still away.
    aedes.on('client', client => {
      if (!client.conn.destroyed) this.#visitors.opened(client)
      const link = this.#links.get(client)
      if (link?.state === 'connecting' && !client.conn.destroyed) this.#devices.opened(link)
    })
    aedes.on('clientReady', client => {
      const { conn } = client
      if (!(conn instanceof ByteGuard)) return
      this.#arrivals.settled(conn.socket)
      conn.loginAccepted(this.#incoming.plainPackets(client, conn))
    })
    aedes.on('subscribe', (subscriptions, client) => this.#subscribed(client, subscriptions))
    aedes.on('unsubscribe', (filters, client) => {
      const link = this.#links.get(client)
      if (link !== undefined) this.#devices.unsubscribed(link, filters)
      this.#visitors.unsubscribed(client, filters)
    })
    aedes.on('connectionError', (_client, error) => log.debug({ err: error }, 'a connection to the local broker ended'))
    aedes.on('clientError', (client, error) => {
      const link = this.#links.get(client)
      if (link?.state === 'open') log.info({ deviceId: link.deviceId, reason: error.message }, 'a link was ended')
    })
  }

  #accept(aedes: Aedes, socket: Socket): void {
    const due = performance.now() + this.#limits.loginTimeout
    const deadline = setTimeout(() => socket.destroy(), this.#limits.loginTimeout)
    socket.once('close', () => clearTimeout(deadline))
    FrontDoor.keep(socket, () => {
      clearTimeout(deadline)
      const guard = ByteGuard.around(socket, Math.max(0, due - performance.now()))
      this.#guards.add(guard)
      guard.once('close', () => this.#guards.delete(guard))
      aedes.handle(guard)
    })
  }

  /** The CONNECT as aedes is to see it. No answer is possible here, so nothing is refused yet. */
  #announce(client: Client, packet: ConnectPacket): void {
    this.#connects.set(client, packet)
    packet.clean = true
    const { keepalive = 0 } = packet
    const { conn: guard } = client
    const seconds = Math.min(keepalive > 0 ? keepalive : Number.POSITIVE_INFINITY, this.#limits.keepalive)
    // [MQTT-3.1.2-24]; aedes does not see every packet, so it is not to count.
    if (guard instanceof ByteGuard) guard.mostSilence = seconds * 1500
    packet.keepalive = 0
    // aedes would take MQTT 3.1 as well; a level it does not know makes it answer "unacceptable protocol version".
    if (packet.protocolVersion !== PROTOCOL_LEVEL) Object.assign(packet, { protocolVersion: 0 })
  }

  async #admit(client: Client, username: string | undefined, password: Buffer | undefined): Promise<void> {
    const guard = client.conn
    const connect = this.#connects.get(client)
    if (!(guard instanceof ByteGuard) || guard.destroyed || connect === undefined) throw new Error('no connection')
    const { clientId, will } = connect
    const login: Login = { username, password, clientId, will, address: guard.peer }
    const { log, owner } = this.#options
    try {
      if (await this.#admitGuest(client, guard, login)) return
      const deviceId = claimedDevice(login)
      // Known before the owner is asked, so that a device removed meanwhile is disconnected with the rest.
      const link = new Link(deviceId, clientId, transportOver(guard, this.#limits.drainTimeout))
      this.#links.set(client, link)
      this.#alive.add(link)
      guard.once('close', () => {
        this.#alive.delete(link)
        this.#devices.closed(link)
      })
      await checkLogin(deviceId, login, owner)
    } catch (error) {
      log.info({ err: error, peer: guard.peer }, 'a login to the local broker was refused')
      throw error
    }
  }

  async #admitGuest(client: Client, guard: ByteGuard, login: Login): Promise<boolean> {
    const { guests, listeners } = this.#options
    const at = guests === undefined ? -1 : listeners.indexOf(guests.on)
    if (this.#running?.listeners.addresses[at]?.port !== guard.socket.localPort || at < 0) return false
    const link = await this.#visitors.admit(client, login, transportOver(guard, this.#limits.drainTimeout))
    if (link === null) return false
    this.#alive.add(link)
    const over = (): void => {
      this.#alive.delete(link)
      this.#visitors.closed(client)
    }
    if (guard.destroyed) over()
    else guard.once('close', over)
    return true
  }

  /** The SUBACK is on its way; `qos` is what was granted. */
  #subscribed(client: Client, subscriptions: readonly Subscription[]): void {
    const granted = subscriptions
      .map(({ topic, qos }) => [topic, Number(qos)] as const)
      .filter(([, qos]) => qos !== SUBSCRIPTION_REFUSED)
    this.#visitors.subscribed(client, granted)
    const link = this.#links.get(client)
    if (link !== undefined) this.#devices.subscribed(link, granted)
  }
}

/** Waits for `work`, at most `ms` milliseconds. */
async function within(ms: number, work: Promise<unknown>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, ms)
  await Promise.race([work, promise])
  clearTimeout(timer)
}
