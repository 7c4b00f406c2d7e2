import { once } from 'node:events'
import { createServer as createPlainServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer, type TlsOptions } from 'node:tls'
import { Aedes } from 'aedes'

/** A real broker inside the test; it keeps its sessions while its door is closed. */
export class EmbeddedHost {
  readonly broker: Aedes
  readonly #tls: TlsOptions | undefined
  readonly #sockets = new Set<Socket>()
  #server: Server | undefined
  #port = 0

  constructor(broker: Aedes, tls: TlsOptions | undefined) {
    this.broker = broker
    this.#tls = tls
  }

  static async open(tls?: TlsOptions): Promise<EmbeddedHost> {
    const host = new EmbeddedHost(await Aedes.createBroker(), tls)
    await host.reopen()
    return host
  }

  get url(): string {
    return this.#tls === undefined ? `mqtt://127.0.0.1:${this.#port}` : `mqtts://localhost:${this.#port}`
  }

  /** Closes the port and every connection. */
  async shut(): Promise<void> {
    const server = this.#server
    this.#server = undefined
    server?.close()
    for (const socket of this.#sockets) socket.destroy()
    if (server !== undefined) await once(server, 'close')
  }

  /** Listens again on the same port. */
  async reopen(): Promise<void> {
    const handle = (socket: Socket): void => {
      this.#sockets.add(socket)
      socket.once('close', () => this.#sockets.delete(socket))
      this.broker.handle(socket)
    }
    const server = this.#tls === undefined ? createPlainServer(handle) : createTlsServer(this.#tls, handle)
    this.#server = server
    server.listen(this.#port, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    if (address !== null && typeof address === 'object') this.#port = address.port
  }

  /** Publishes as VietQR's server does. */
  publish(topic: string, payload: string, more: { qos?: 0 | 1; retain?: boolean } = {}): Promise<void> {
    const packet = { cmd: 'publish' as const, topic, payload, qos: 1 as const, dup: false, retain: false, ...more }
    return new Promise((resolve, reject) => this.broker.publish(packet, error => (error ? reject(error) : resolve())))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.shut()
    await new Promise<void>(resolve => this.broker.close(resolve))
  }
}
