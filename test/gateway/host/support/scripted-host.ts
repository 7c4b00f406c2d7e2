import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { generate, type IPublishPacket, type Packet, parser } from 'mqtt-packet'
import { Happenings } from '../../../support/happenings.ts'

/** How the host answers by itself; a test switches single answers off or changes them. */
export interface Manners {
  /** Return code of CONNACK; undefined keeps silent. */
  connack: number | undefined
  sessionPresent: boolean
  /** Return code of SUBACK for a topic; undefined keeps silent. */
  grant: ((topic: string) => number) | undefined
  pingresp: boolean
  puback: boolean
}

/** One connection of the gateway, as the host sees it. */
export class Caller {
  readonly received: Packet[] = []
  readonly #counts = new Map<string, number>()
  closed = false
  readonly #socket: Socket
  readonly #happenings: Happenings

  constructor(socket: Socket, manners: Manners, happenings: Happenings) {
    this.#socket = socket
    this.#happenings = happenings
    const parse = parser({ protocolVersion: 4 })
    parse.on('packet', (packet: Packet) => {
      this.received.push(packet)
      this.#counts.set(packet.cmd, this.#count(packet.cmd) + 1)
      this.#answer(packet, manners)
      happenings.happened()
    })
    socket.on('data', chunk => parse.parse(chunk))
    socket.on('error', () => {})
    socket.on('close', () => {
      this.closed = true
      happenings.happened()
    })
  }

  send(packet: Packet): void {
    this.write(generate(packet))
  }

  /** A QoS 1 message unless told otherwise. */
  publish(messageId: number, payload: string | Buffer, more: Partial<IPublishPacket> = {}): void {
    this.send({
      cmd: 'publish',
      topic: 'vietqr/bdsd/T1',
      qos: 1,
      dup: false,
      retain: false,
      messageId,
      payload,
      ...more,
    })
  }

  write(bytes: Uint8Array): void {
    this.#socket.write(bytes)
  }

  destroy(): void {
    this.#socket.destroy()
  }

  /** Stops reading, as a host whose machine has lost its power would: nothing is answered, nothing is closed. */
  freeze(): void {
    this.#socket.pause()
  }

  packets(cmd: Packet['cmd']): Packet[] {
    return this.received.filter(packet => packet.cmd === cmd)
  }

  /** The ids of what was acknowledged, in the order it came. */
  get acknowledged(): (number | undefined)[] {
    return this.packets('puback').map(packet => packet.messageId)
  }

  until(condition: () => boolean, what: string): Promise<void> {
    return this.#happenings.until(condition, what)
  }

  async untilReceived(cmd: Packet['cmd'], count = 1): Promise<void> {
    await this.until(() => this.#count(cmd) >= count, `${count} × ${cmd} at the host`)
  }

  async untilClosed(): Promise<void> {
    await this.until(() => this.closed, 'the gateway closes the connection')
  }

  #count(cmd: string): number {
    return this.#counts.get(cmd) ?? 0
  }

  #answer(packet: Packet, manners: Manners): void {
    const messageId = packet.messageId ?? 0
    if (packet.cmd === 'connect' && manners.connack !== undefined) {
      const { connack: returnCode, sessionPresent } = manners
      this.send({ cmd: 'connack', returnCode, sessionPresent: sessionPresent && returnCode === 0 })
    }
    if (packet.cmd === 'subscribe' && manners.grant !== undefined) {
      const { grant } = manners
      this.send({ cmd: 'suback', messageId, granted: packet.subscriptions.map(({ topic }) => grant(topic)) })
    }
    if (packet.cmd === 'unsubscribe') this.send({ cmd: 'unsuback', messageId, granted: [] })
    if (packet.cmd === 'publish' && manners.puback) this.send({ cmd: 'puback', messageId })
    if (packet.cmd === 'pingreq' && manners.pingresp) this.send({ cmd: 'pingresp' })
    if (packet.cmd === 'disconnect') this.#socket.end()
  }
}

/** A host of which every byte is in the test's hand. */
export class ScriptedHost {
  readonly manners: Manners = { connack: 0, sessionPresent: false, grant: () => 1, pingresp: true, puback: true }
  readonly callers: Caller[] = []
  readonly #happenings = new Happenings()
  readonly #server: Server = createServer({ noDelay: true }, socket => {
    this.callers.push(new Caller(socket, this.manners, this.#happenings))
    this.#happenings.happened()
  })
  #port = 0

  async listen(): Promise<this> {
    this.#server.listen(this.#port, '127.0.0.1')
    await once(this.#server, 'listening')
    const address = this.#server.address()
    if (address !== null && typeof address === 'object') this.#port = address.port
    return this
  }

  get url(): string {
    return `mqtt://127.0.0.1:${this.#port}`
  }

  /** The `nth` connection the gateway makes, from 1. */
  async caller(nth = 1): Promise<Caller> {
    await this.#happenings.until(() => this.callers.length >= nth, `connection ${nth} at the host`)
    const caller = this.callers[nth - 1]
    if (caller === undefined) throw new Error('unreachable')
    return caller
  }

  async close(): Promise<void> {
    for (const caller of this.callers) caller.destroy()
    if (!this.#server.listening) return
    this.#server.close()
    await once(this.#server, 'close')
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}
