import { EventEmitter } from 'node:events'
import net from 'node:net'
import tls from 'node:tls'
import mqttPacket, { type IConnectPacket, type Packet, type QoS } from 'mqtt-packet'

const DEADLINE_MS = 10_000

export interface Message {
  readonly topic: string
  readonly text: string
  readonly retained: boolean
  readonly qos: QoS
  readonly dup: boolean
}

export interface Visit {
  readonly clientId: string
  readonly username: string
  readonly password: string
  readonly will?: { readonly topic: string; readonly text: string; readonly qos?: QoS; readonly retain?: boolean }
  readonly clean?: boolean
  readonly keepalive?: number
  /** Messages are not acknowledged. */
  readonly mute?: boolean
  /** TLS, trusting this CA (PEM). */
  readonly ca?: string
}

/** An MQTT 3.1.1 client that does exactly what it is told to, allowed or not, with any broker; it is cheap to make. */
export class Visitor {
  readonly packets: Packet[] = []
  readonly received: Message[] = []
  closed = false
  readonly #socket: net.Socket
  readonly #mute: boolean
  readonly #changes = new EventEmitter().setMaxListeners(0)
  #lastId = 0

  private constructor(socket: net.Socket, mute: boolean) {
    this.#socket = socket
    this.#mute = mute
    const parser = mqttPacket.parser()
    parser.on('packet', packet => this.#take(packet))
    parser.on('error', () => undefined)
    socket.on('data', chunk => parser.parse(chunk))
    socket.on('error', () => undefined)
    socket.on('close', () => {
      this.closed = true
      this.#changes.emit('change')
    })
  }

  /** Resolves with the visitor and the code of its CONNACK, `closed` when there was none. */
  static async come(port: number, visit: Visit): Promise<{ readonly visitor: Visitor; readonly answer: Answer }> {
    const { clientId, username, password, will, clean = true, keepalive = 60, mute = false, ca } = visit
    const to = { host: '127.0.0.1', port, noDelay: true }
    const visitor = new Visitor(ca === undefined ? net.connect(to) : tls.connect({ ...to, ca }), mute)
    const connect: IConnectPacket = {
      cmd: 'connect',
      protocolId: 'MQTT',
      protocolVersion: 4,
      clean,
      clientId,
      username,
      password: Buffer.from(password),
      keepalive,
      ...(will === undefined
        ? {}
        : {
            will: {
              topic: will.topic,
              payload: Buffer.from(will.text),
              qos: will.qos ?? 1,
              retain: will.retain ?? true,
            },
          }),
    }
    visitor.say(connect)
    const answered = (): Packet | undefined => visitor.packets.find(({ cmd }) => cmd === 'connack')
    await visitor.until(() => visitor.closed || answered() !== undefined)
    const connack = answered()
    return { visitor, answer: connack?.cmd === 'connack' ? (connack.returnCode ?? 'closed') : 'closed' }
  }

  /** One of a broker that must let it in. */
  static async enter(port: number, visit: Visit): Promise<Visitor> {
    const { visitor, answer } = await Visitor.come(port, visit)
    if (answer !== 0) throw new Error(`${visit.clientId} was not let in: ${answer}`)
    return visitor
  }

  say(...packets: readonly Packet[]): void {
    this.#socket.write(Buffer.concat(packets.map(packet => mqttPacket.generate(packet))))
  }

  /** The codes of the SUBACK, or that the connection ended instead. */
  async subscribe(...filters: readonly (string | { readonly topic: string; readonly qos: QoS })[]): Promise<Granted> {
    const messageId = this.#nextId()
    const subscriptions = filters.map(filter =>
      typeof filter === 'string' ? { topic: filter, qos: 1 as const } : filter,
    )
    this.say({ cmd: 'subscribe', messageId, subscriptions })
    const answer = await this.#answer('suback', messageId)
    return answer?.cmd === 'suback' ? answer.granted.map(Number) : 'ended'
  }

  async unsubscribe(...filters: readonly string[]): Promise<void> {
    const messageId = this.#nextId()
    this.say({ cmd: 'unsubscribe', messageId, unsubscriptions: [...filters] })
    await this.#answer('unsuback', messageId)
  }

  /** Says it and waits until the broker took it or ended the connection; at QoS 0 until it answers what was said after it. */
  async publish(topic: string, text: string, qos: QoS = 1, retain = false): Promise<'taken' | 'ended'> {
    const messageId = this.#nextId()
    const message = { cmd: 'publish', topic, payload: text, qos, messageId, dup: false, retain } as const
    if (qos === 0) {
      const pings = this.count('pingresp')
      this.say(message, { cmd: 'pingreq' })
      await this.until(() => this.closed || this.count('pingresp') > pings)
      return this.closed ? 'ended' : 'taken'
    }
    this.say(message)
    const answer = await this.#answer(qos === 1 ? 'puback' : 'pubcomp', messageId)
    return answer === undefined ? 'ended' : 'taken'
  }

  /** Resolves once everything said before was dealt with, or the connection has ended. */
  async ping(): Promise<void> {
    const before = this.count('pingresp')
    this.say({ cmd: 'pingreq' })
    await this.until(() => this.closed || this.count('pingresp') > before)
  }

  count(cmd: Packet['cmd']): number {
    return this.packets.filter(packet => packet.cmd === cmd).length
  }

  /** Resolves once `what` holds, looked at now and at everything that happens to this client. */
  async until(what: () => boolean): Promise<void> {
    if (what()) return
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const timer = setTimeout(() => reject(new Error(`did not happen in time: ${what}`)), DEADLINE_MS)
    const look = (): void => {
      if (what()) resolve()
    }
    this.#changes.on('change', look)
    try {
      await promise
    } finally {
      clearTimeout(timer)
      this.#changes.off('change', look)
    }
  }

  /** Vanishes without a word, as a box that lost its power: its will is due. */
  vanish(): Promise<void> {
    this.#socket.destroy()
    return this.until(() => this.closed)
  }

  /** Says goodbye: its will is void. */
  leave(): Promise<void> {
    if (!this.closed) this.say({ cmd: 'disconnect' })
    this.#socket.end()
    return this.until(() => this.closed)
  }

  async #answer(cmd: 'suback' | 'unsuback' | 'puback' | 'pubcomp', messageId: number): Promise<Packet | undefined> {
    const mine = (): Packet | undefined =>
      this.packets.findLast(packet => packet.cmd === cmd && packet.messageId === messageId)
    await this.until(() => this.closed || mine() !== undefined)
    return mine()
  }

  #nextId(): number {
    this.#lastId += 1
    return this.#lastId
  }

  #take(packet: Packet): void {
    this.packets.push(packet)
    if (packet.cmd === 'pubrec') this.say({ cmd: 'pubrel', ...numbered(packet.messageId) })
    if (packet.cmd === 'publish') {
      const { topic, payload, retain, qos, dup, messageId } = packet
      this.received.push({ topic, text: String(payload), retained: retain, qos, dup })
      if (qos === 1 && !this.#mute) this.say({ cmd: 'puback', ...numbered(messageId) })
    }
    this.#changes.emit('change')
  }
}

export type Answer = number | 'closed'
export type Granted = readonly number[] | 'ended'

function numbered(messageId: number | undefined): { messageId: number } {
  return { messageId: messageId ?? 0 }
}
