import { createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { type Duplex, duplexPair } from 'node:stream'
import { createServer as createTlsServer } from 'node:tls'
import { Aedes } from 'aedes'
import { listenError } from './listen-error.ts'

export interface HostBrokerOptions {
  /** Default 127.0.0.1. */
  readonly host?: string | undefined
  /** 0 takes a free one. */
  readonly port: number
  /** PEM. Without it the broker speaks plain MQTT. */
  readonly tls?: { readonly cert: string | Buffer; readonly key: string | Buffer } | undefined
  /** The one login of all clients; without a user name everybody is let in. */
  readonly username?: string | undefined
  readonly password?: string | undefined
}

/** CONNACK: bad user name or password. */
const BAD_LOGIN = 4

/** The broker of a host that brings its own: one login, no access rules, sessions and retained messages in memory. */
export class HostBroker {
  readonly #options: HostBrokerOptions
  readonly #aedes: Aedes
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  constructor(options: HostBrokerOptions) {
    this.#options = options
    this.#aedes = new Aedes({
      authenticate: (_client, username, password, done) => {
        if (this.#isLogin(username, password)) done(null, true)
        else done(Object.assign(new Error('the login is not that of this host'), { returnCode: BAD_LOGIN }), false)
      },
    })
    const accept = (socket: Socket): void => {
      this.#aedes.handle(socket)
    }
    const { tls } = options
    this.#server = tls === undefined ? createTcpServer({ noDelay: true }, accept) : createTlsServer(tls, accept)
    this.#server.on('connection', socket => {
      this.#sockets.add(socket)
      socket.once('close', () => this.#sockets.delete(socket))
    })
  }

  /** Opens the port; the address clients connect to. */
  async start(): Promise<string> {
    const { host = '127.0.0.1', port, tls } = this.#options
    await this.#aedes.listen()
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#server.once('error', reject)
    this.#server.listen(port, host, resolve)
    await promise.catch((error: unknown) => {
      throw listenError(error, host, port, '--port')
    })
    const address = this.#server.address()
    const taken = typeof address === 'object' && address !== null ? address.port : port
    return `${tls === undefined ? 'mqtt' : 'mqtts'}://${host.includes(':') ? `[${host}]` : host}:${taken}`
  }

  /** A connection without a network, for the service that lives beside its broker. */
  connect(): Duplex {
    const [inside, outside] = duplexPair()
    // Unlike those of a socket, the two ends do not hear of each other's end.
    inside.once('close', () => outside.destroy())
    outside.once('close', () => inside.destroy())
    this.#aedes.handle(inside)
    return outside
  }

  /** Cuts every partner off, without a word. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  async stop(): Promise<void> {
    const closed = new Promise<void>(resolve => this.#server.close(() => resolve()))
    await new Promise<void>(resolve => this.#aedes.close(resolve))
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }

  #isLogin(username: string | undefined, password: Buffer | undefined): boolean {
    const wanted = this.#options
    if (wanted.username === undefined) return true
    return username === wanted.username && (password?.toString() ?? '') === (wanted.password ?? '')
  }
}
