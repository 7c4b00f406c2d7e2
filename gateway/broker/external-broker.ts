/**
 * Mosquitto as the broker of the devices. It lets in whom the exported files name and holds everybody to the rules in them; this
 * keeps those files current, knows who is there from what Mosquitto and the devices say, and hands messages over.
 *
 * What comes up waits in the gateway's persistent session while it is away, and is acknowledged to Mosquitto only after it is on
 * disk: Mosquitto itself has acknowledged it to the device long before. What goes down is never retained, and Mosquitto forgets it
 * within seconds where the device's session has ended: MQTT 5 carries that, and whether anybody was subscribed.
 */
import { newMessageId } from '../../protocol/ids.ts'
import { deviceTopic } from '../../protocol/local/topics.ts'
import { shown } from '../../protocol/shown.ts'
import type { Clock } from '../clock.ts'
import { parseMqttUrl } from '../config/addresses.ts'
import type { Settings } from '../config/schema.ts'
import type { Peer } from '../host/failure-words.ts'
import { HostDownError } from '../host/host-link.ts'
import { MqttSession } from '../host/mqtt-session.ts'
import type { Registry } from '../ledger/registry-book.ts'
import type { Log } from '../log.ts'
import { type BusAddress, type DeviceBus, type DeviceBusOwner, NotReachableError } from './device-bus.ts'
import { MosquittoKeeper } from './mosquitto-keeper.ts'
import { LOG_TOPICS, type LogLine, readLogLine } from './mosquitto-log.ts'
import { MosquittoPresence } from './mosquitto-presence.ts'

interface ExternalBrokerParts {
  readonly settings: Pick<Settings, 'site' | 'dataDir' | 'broker'>
  readonly password: string | undefined
  readonly registry: Pick<Registry, 'logins' | 'onLoginsChanged'>
  readonly owner: DeviceBusOwner
  readonly clock: Clock
  readonly log: Log
}

const BROKER: Peer = {
  section: 'broker',
  called: 'the local broker',
  owner: 'whoever runs it',
  password: 'broker.passwordFile; "broker export" writes it for Mosquitto',
  caFile: 'the environment variable NODE_EXTRA_CA_CERTS',
  clientCertificate: 'the gateway has none for it',
}
const KEEPALIVE_SECONDS = 30
/** How long Mosquitto may keep a message for a device whose link is about to be given up. The lane says it again. */
const KEPT_SECONDS = 10
/** Mosquitto writes its log topics at once; by now the lines about our own subscriptions have come. */
const LOG_PATIENCE_MS = 3_000
const UP_TOPICS = 'gw/v1/+/up/#'
const UP_TOPIC = /^gw\/v1\/([a-z0-9-]{1,32})\/(up\/.+)$/

export class ExternalBroker implements DeviceBus {
  readonly #parts: ExternalBrokerParts
  readonly #session: MqttSession
  readonly #presence: MosquittoPresence
  readonly #keeper: MosquittoKeeper
  #enabled: ReadonlySet<string> = new Set()
  #unwatch: () => void = () => {}
  #cancelPatience: () => void = () => {}
  #logTold = false
  /** What Mosquitto told of devices before the link counted as up, and messages could be sent. */
  #early: LogLine[] = []

  constructor(parts: ExternalBrokerParts) {
    const { settings, password, registry, owner, clock, log } = parts
    const { url, username } = settings.broker
    this.#parts = parts
    this.#presence = new MosquittoPresence(owner)
    this.#keeper = new MosquittoKeeper(settings, registry, clock, log)
    this.#session = new MqttSession(
      {
        peer: BROKER,
        version: 5,
        url: url ?? '',
        clientId: `vietqr-gateway-${settings.site}`,
        clean: false,
        keepaliveSeconds: KEEPALIVE_SECONDS,
        ...(username === undefined ? {} : { username }),
        ...(password === undefined ? {} : { password }),
      },
      {
        message: (topic, payload) => this.#message(topic, payload),
        linkUp: () => this.#linkUp(),
        linkDown: () => this.#linkDown(),
      },
      clock,
      log,
    )
  }

  /** Begins to connect and does not wait for it: a gateway starts also while Mosquitto is away. */
  async start(): Promise<void> {
    const { registry } = this.#parts
    this.#unwatch = registry.onLoginsChanged(() => this.#readEnabled())
    await this.#readEnabled()
    await this.#keeper.start()
    // The log topics first: what they tell of our own subscriptions shows that they work.
    await this.#session.setSubscriptions([...LOG_TOPICS, UP_TOPICS])
    await this.#session.start()
  }

  async stop(): Promise<void> {
    this.#unwatch()
    this.#cancelPatience()
    await this.#session.stop()
    await this.#keeper.stop()
  }

  get trouble(): string | null {
    return this.#session.up ? null : this.#session.reason
  }

  addresses(): readonly BusAddress[] {
    const { url } = this.#parts.settings.broker
    return url === undefined ? [] : [parseMqttUrl(url)]
  }

  reaches(deviceId: string, path: string): boolean {
    return this.#session.up && this.#enabled.has(deviceId) && this.#presence.reaches(deviceId, path)
  }

  online(deviceId: string): boolean {
    return this.#presence.online(deviceId)
  }

  async send(deviceId: string, path: string, payload: string): Promise<void> {
    if (!this.reaches(deviceId, path)) throw new NotReachableError(deviceId, path)
    if (!(await this.#offer(deviceId, path, payload))) {
      this.#presence.unheard(deviceId, path)
      throw new NotReachableError(deviceId, path)
    }
  }

  /** Mosquitto ends the links of those whose login is no longer right when it has read its files again. */
  disconnect(deviceId: string): void {
    this.#presence.forget(deviceId)
    this.#clearStatus(deviceId)
    void this.#readEnabled()
    void this.#keeper.refresh()
  }

  async #message(topic: string, payload: Uint8Array): Promise<void> {
    if (topic.startsWith('$')) {
      this.#heardLog(topic, Buffer.from(payload).toString())
      return
    }
    const [, deviceId, path] = UP_TOPIC.exec(topic) ?? []
    if (deviceId === undefined || path === undefined) {
      this.#parts.log.debug({ topic: shown(topic) }, 'a message below no device was dropped')
      return
    }
    if (!this.#enabled.has(deviceId)) {
      // The last words of a device that was removed or disabled, kept by Mosquitto until it is told otherwise.
      if (payload.length > 0 && path === 'up/status') this.#clearStatus(deviceId)
      return
    }
    // What waited in the session while nobody was here to read says nothing of who is there now.
    if (this.#session.up && !isFarewell(path, payload)) this.#presence.heard(deviceId)
    await this.#parts.owner.message(deviceId, path, payload, false)
  }

  #heardLog(topic: string, text: string): void {
    this.#logTold = true
    const line = readLogLine(topic, text)
    if (line === null) return
    if (this.#session.up) this.#told(line)
    else this.#early.push(line)
  }

  #told(line: LogLine): void {
    if (line.what === 'gone' || this.#enabled.has(line.clientId)) this.#presence.told(line)
  }

  #linkUp(): void {
    const { clock, log } = this.#parts
    log.info('the local broker is connected')
    for (const line of this.#early.splice(0)) this.#told(line)
    this.#cancelPatience()
    this.#cancelPatience = clock.after(LOG_PATIENCE_MS, () => {
      if (!this.#logTold)
        log.warn('the local broker does not tell who connects: its log topics are off, see mosquitto.conf')
    })
    this.#callRoll().catch(error => log.warn({ err: error }, 'devices could not be asked whether they are there'))
  }

  #linkDown(): void {
    this.#logTold = false
    this.#early = []
    this.#cancelPatience()
    this.#presence.forgetAll()
  }

  /** Devices that stayed connected while we were away are told their configuration; who answers is there. */
  async #callRoll(): Promise<void> {
    const { clock } = this.#parts
    const away = [...this.#enabled].filter(deviceId => !this.online(deviceId))
    const now = clock.now()
    const call = (): string => JSON.stringify({ id: newMessageId(now), now: Math.floor(now / 1000) })
    await Promise.all(away.map(deviceId => this.#offer(deviceId, 'down/config', call())))
  }

  async #offer(deviceId: string, path: string, payload: string): Promise<boolean> {
    try {
      return await this.#session.offer(deviceTopic(deviceId, path), payload, KEPT_SECONDS)
    } catch (error) {
      if (error instanceof HostDownError) return false
      throw error
    }
  }

  #clearStatus(deviceId: string): void {
    this.#session.clearRetained(deviceTopic(deviceId, 'up/status')).catch(error => {
      this.#parts.log.debug({ err: error, deviceId }, 'the last status of a device was not cleared')
    })
  }

  async #readEnabled(): Promise<void> {
    const { registry, log } = this.#parts
    try {
      this.#enabled = new Set((await registry.logins()).map(({ deviceId }) => deviceId))
    } catch (error) {
      log.error({ err: error }, 'the registry could not be read; devices are known as they were')
    }
  }
}

/** A status that says "not there": a will, or a device that says goodbye. */
function isFarewell(path: string, payload: Uint8Array): boolean {
  return path === 'up/status' && /"online"\s*:\s*false/.test(Buffer.from(payload).toString())
}
