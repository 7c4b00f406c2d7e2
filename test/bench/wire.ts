import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import mqttPacket, { type IConnectPacket, type IPublishPacket, type Packet } from 'mqtt-packet'

/**
 * The least an MQTT client can be: packets on a socket, no queue, no timers. The load and the devices use it, so that on a
 * small machine they cost next to nothing beside what is measured.
 */
export class Wire {
  readonly #socket: Socket
  readonly #hear: (packet: Packet) => void

  private constructor(socket: Socket, hear: (packet: Packet) => void) {
    this.#socket = socket
    this.#hear = hear
  }

  /** Connects and logs in; `hear` gets every packet after that. @throws Error when the broker refuses */
  static async open(port: number, login: Partial<IConnectPacket>, hear: (packet: Packet) => void): Promise<Wire> {
    const socket = connect(port, '127.0.0.1')
    socket.setNoDelay(true)
    await once(socket, 'connect')
    const wire = new Wire(socket, hear)
    await wire.#greet(login)
    return wire
  }

  /** Subscribes at QoS 1; resolves with the broker's SUBACK. */
  async subscribe(topic: string): Promise<void> {
    const answered = once(this.#socket, 'suback')
    this.write(mqttPacket.generate({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic, qos: 1 }] }))
    await answered
  }

  write(bytes: Buffer): void {
    this.#socket.write(bytes)
  }

  acknowledge({ qos, messageId }: IPublishPacket): void {
    if (qos === 1 && messageId !== undefined) this.write(Buffer.from([0x40, 2, messageId >> 8, messageId & 0xff]))
  }

  close(): void {
    this.#socket.destroy()
  }

  async #greet(login: Partial<IConnectPacket>): Promise<void> {
    const socket = this.#socket
    const parser = mqttPacket.parser({ protocolVersion: 4 })
    const greeted = Promise.withResolvers<void>()
    parser.on('packet', (packet: Packet) => {
      if (packet.cmd === 'suback') socket.emit('suback')
      else if (packet.cmd !== 'connack') this.#hear(packet)
      else if (packet.returnCode === 0) greeted.resolve()
      else greeted.reject(new Error(`the broker refused the login with code ${packet.returnCode}`))
    })
    socket.on('data', chunk => void parser.parse(chunk))
    socket.on('error', error => greeted.reject(error))
    socket.on('close', () => greeted.reject(new Error('the broker closed the connection')))
    const hello = { protocolId: 'MQTT', protocolVersion: 4, clean: true, clientId: 'bench', keepalive: 0 } as const
    socket.write(mqttPacket.generate({ cmd: 'connect', ...hello, ...login }))
    await greeted.promise
  }
}

/** One PUBLISH at QoS 1; any whole number serves as `number`. */
export function publishPacket(topic: string, payload: string, number: number): Buffer {
  const messageId = (number % 65_000) + 1
  return mqttPacket.generate({ cmd: 'publish', topic, payload, qos: 1, retain: false, dup: false, messageId })
}
