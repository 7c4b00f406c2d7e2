/** A broker on free loopback ports, an owner that records, and two kinds of clients: a polite one and a raw one. */
import { EventEmitter } from 'node:events'
import net from 'node:net'
import type { TestContext } from 'node:test'
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt'
import mqttPacket, { type Packet } from 'mqtt-packet'
import type { DeviceBusOwner } from '../../../gateway/broker/device-bus.ts'
import { EmbeddedBroker } from '../../../gateway/broker/embedded-broker.ts'

export const log = { debug: () => undefined, info: () => undefined, warn: () => undefined }

export interface Heard {
  readonly deviceId: string
  readonly path: string
  readonly text: string
  readonly retained: boolean
}

const DEADLINE = 5_000

/** Knows every device whose password is `pw-` and its id, except those in `removed`. Keeps what it is told. */
export class Owner implements DeviceBusOwner {
  readonly heard: Heard[] = []
  readonly reached: string[] = []
  readonly present: string[] = []
  readonly slow: string[] = []
  readonly contested: string[] = []
  readonly removed = new Set<string>()
  /** What a message waits for before it counts as stored. */
  commit: (message: Heard) => Promise<void> = async () => undefined
  readonly #changes = new EventEmitter()

  async authenticate(username: string, password: Uint8Array): Promise<boolean> {
    return Buffer.from(password).toString() === `pw-${username}` && !this.removed.has(username)
  }

  async message(deviceId: string, path: string, payload: Uint8Array, retained: boolean): Promise<void> {
    const message = { deviceId, path, text: Buffer.from(payload).toString(), retained }
    this.heard.push(message)
    this.#changes.emit('change')
    await this.commit(message)
  }

  reachable(deviceId: string): void {
    this.reached.push(deviceId)
    this.#changes.emit('change')
  }

  presence(deviceId: string, online: boolean): void {
    this.present.push(`${deviceId} ${online ? 'on' : 'off'}`)
    this.#changes.emit('change')
  }

  takenOver(deviceId: string): void {
    this.contested.push(deviceId)
    this.#changes.emit('change')
  }

  slowed(deviceId: string): void {
    this.slow.push(deviceId)
    this.#changes.emit('change')
  }

  /** Resolves once `what` holds, looked at after every call; rejects at the deadline. */
  until(what: () => boolean): Promise<void> {
    return until(this.#changes, 'change', what)
  }
}

/** Resolves once `what` holds, looked at now and at every `event`. */
export async function until(source: EventEmitter, event: string, what: () => boolean): Promise<void> {
  if (what()) return
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const timer = setTimeout(() => reject(new Error(`did not happen within ${DEADLINE} ms: ${what}`)), DEADLINE)
  const look = () => what() && resolve()
  source.on(event, look)
  try {
    await promise
  } finally {
    clearTimeout(timer)
    source.off(event, look)
  }
}

type Options = ConstructorParameters<typeof EmbeddedBroker>[0]

interface Started {
  readonly broker: EmbeddedBroker
  readonly owner: Owner
  readonly port: number
}

/** A started broker with one plain listener unless told otherwise; stopped after the test. */
export async function startBroker(t: TestContext, options: Partial<Options> = {}): Promise<Started> {
  const owner = new Owner()
  const listeners = [{ protocol: 'mqtt', host: '127.0.0.1', port: 0 } as const]
  const broker = new EmbeddedBroker({ listeners, owner, log, ...options })
  await broker.start()
  t.after(() => broker.stop())
  return { broker, owner, port: broker.addresses()[0]?.port ?? 0 }
}

/** A connected mqtt.js client of a device, closed after the test. Rejects with the CONNACK's error. */
export async function connect(
  t: TestContext,
  port: number,
  deviceId: string,
  options: IClientOptions = {},
): Promise<MqttClient> {
  const client = mqtt.connect({
    host: '127.0.0.1',
    port,
    clientId: deviceId,
    username: deviceId,
    password: `pw-${deviceId}`,
    reconnectPeriod: 0,
    ...options,
  })
  t.after(() => client.end(true))
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  client.once('connect', () => resolve())
  client.once('error', reject)
  client.once('close', () => reject(new Error('closed without a CONNACK')))
  await promise
  client.on('error', () => undefined)
  return client
}

/** Resolves at the next event of this name. */
export function next(client: MqttClient, event: 'message' | 'close'): Promise<void> {
  return new Promise(resolve => {
    client.once(event, () => resolve())
  })
}

/** Topics and texts a client receives, from now on. */
export function received(client: MqttClient): string[] {
  const messages: string[] = []
  client.on('message', (topic, payload) => messages.push(`${topic} ${payload}`))
  return messages
}

/** A bare socket that says what it is told to, rude or not, and keeps the packets that come back. */
export class RawClient {
  readonly socket: net.Socket
  readonly packets: Packet[] = []
  closed = false
  readonly #changes = new EventEmitter()

  constructor(socket: net.Socket) {
    this.socket = socket
  }

  static async open(t: TestContext, port: number): Promise<RawClient> {
    return RawClient.over(t, net.connect({ host: '127.0.0.1', port, noDelay: true }), 'connect')
  }

  static async over(t: TestContext, socket: net.Socket, ready: string): Promise<RawClient> {
    const client = new RawClient(socket)
    const parser = mqttPacket.parser()
    parser.on('packet', packet => {
      client.packets.push(packet)
      client.#changes.emit('change')
    })
    // What a broker answers to nonsense may be nonsense.
    parser.on('error', () => undefined)
    socket.on('data', chunk => parser.parse(chunk))
    socket.on('error', () => undefined)
    socket.on('close', () => {
      client.closed = true
      client.#changes.emit('change')
    })
    t.after(() => socket.destroy())
    const { promise, resolve } = Promise.withResolvers<void>()
    socket.once(ready, () => resolve())
    await promise
    return client
  }

  say(...packets: Packet[]): void {
    this.socket.write(Buffer.concat(packets.map(packet => mqttPacket.generate(packet))))
  }

  async login(deviceId: string): Promise<void> {
    this.say(connectPacket(deviceId))
    await this.until(() => this.packets.some(({ cmd }) => cmd === 'connack'))
  }

  until(what: () => boolean): Promise<void> {
    return until(this.#changes, 'change', what)
  }

  ended(): Promise<void> {
    return this.until(() => this.closed)
  }

  /** How many packets of this type came. */
  count(cmd: Packet['cmd']): number {
    return this.packets.filter(packet => packet.cmd === cmd).length
  }
}

export function connectPacket(deviceId: string, more: Partial<mqttPacket.IConnectPacket> = {}): Packet {
  return {
    cmd: 'connect',
    protocolId: 'MQTT',
    protocolVersion: 4,
    clean: true,
    clientId: deviceId,
    username: deviceId,
    password: Buffer.from(`pw-${deviceId}`),
    keepalive: 60,
    ...more,
  }
}

export function publishPacket(topic: string, messageId: number, text = '{}', qos: 1 | 2 = 1): Packet {
  return { cmd: 'publish', topic, payload: text, qos, messageId, dup: false, retain: false }
}
