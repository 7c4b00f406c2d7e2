/** The ports devices connect to, plain and TLS, and every socket accepted on them. */
import net from 'node:net'
import tls from 'node:tls'
import type { BusAddress } from './device-bus.ts'
import type { BrokerLog } from './device-links.ts'

/** What a TLS listener shows, as PEM: the certificate with its chain, its key and, if the chain needs it, its CA. */
export interface TlsMaterial {
  readonly cert: string | Buffer
  readonly key: string | Buffer
  readonly ca?: string | Buffer
}

/** A listener could not be opened; no other stays open. */
export class ListenError extends Error {
  override readonly name = 'ListenError'
  readonly code = 'LISTEN_FAILED'
  constructor(listener: BusAddress, reason: string, cause?: unknown) {
    super(`cannot listen on ${listener.protocol}://${listener.host}:${listener.port}: ${reason}`, { cause })
  }
}

interface ListenersOptions {
  readonly listeners: readonly BusAddress[]
  readonly tls: TlsMaterial | undefined
  /** Milliseconds for a TLS handshake. */
  readonly handshakeTimeout: number
  readonly log: BrokerLog
  /** Whether this socket may come in; one that may not is closed. For TLS it is the bare one below. */
  readonly admit: (socket: net.Socket) => boolean
  readonly accept: (socket: net.Socket) => void
}

/** A socket whose peer vanished without a word (no power, no network) is found out by the system after about this. */
const PROBE_AFTER = 60_000

export class Listeners {
  readonly #options: ListenersOptions
  readonly #servers: net.Server[] = []
  #material: TlsMaterial | undefined
  readonly #sockets = new Set<net.Socket>()
  readonly #addresses: BusAddress[] = []

  constructor(options: ListenersOptions) {
    this.#options = options
    this.#material = options.tls
  }

  /** TLS connections from now on are shown this; those that are open stay. Throws ListenError, and nothing changes then. */
  renew(material: TlsMaterial): void {
    const servers = this.#servers.filter(server => server instanceof tls.Server)
    for (const listener of this.#options.listeners) {
      if (listener.protocol !== 'mqtts') continue
      const chosen = secrets(listener, material)
      for (const server of servers) server.setSecureContext(chosen)
    }
    this.#material = material
  }

  /** The open listeners, with the ports they really have. */
  get addresses(): readonly BusAddress[] {
    return this.#addresses
  }

  /** Opens all listeners or none; rejects with ListenError. */
  async open(): Promise<void> {
    try {
      for (const listener of this.#options.listeners) this.#addresses.push(await this.#listen(listener))
    } catch (error) {
      await this.close()
      throw error
    }
  }

  /** Closes the listeners and every socket accepted on them. */
  async close(): Promise<void> {
    const closed = this.#servers.map(server => new Promise(resolve => server.close(resolve)))
    for (const socket of this.#sockets) socket.destroy()
    await Promise.all(closed)
    this.#servers.length = 0
    this.#addresses.length = 0
  }

  async #listen(listener: BusAddress): Promise<BusAddress> {
    const server = this.#server(listener)
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    server.once('error', error => reject(new ListenError(listener, explain(error), error)))
    server.listen({ host: listener.host, port: listener.port }, resolve)
    await promise
    this.#servers.push(server)
    server.on('error', error => this.#options.log.warn({ err: error }, 'a listener of the local broker failed'))
    const address = server.address()
    const port = typeof address === 'object' && address !== null ? address.port : listener.port
    return { protocol: listener.protocol, host: listener.host, port }
  }

  #server(listener: BusAddress): net.Server {
    const { accept, handshakeTimeout, log } = this.#options
    const sockets = { noDelay: true, keepAlive: true, keepAliveInitialDelay: PROBE_AFTER }
    if (listener.protocol === 'mqtt') {
      return net.createServer(sockets, socket => {
        if (this.#admit(socket)) accept(socket)
      })
    }
    const server = tls.createServer({ ...sockets, ...secrets(listener, this.#material), handshakeTimeout }, accept)
    // The bare socket below TLS, so that a peer that never finishes its handshake is counted too.
    server.on('connection', (socket: net.Socket) => this.#admit(socket))
    server.on('tlsClientError', (error, socket) => {
      log.debug({ err: error, peer: socket.remoteAddress }, 'a TLS handshake failed')
      socket.destroy()
    })
    return server
  }

  #admit(socket: net.Socket): boolean {
    if (!this.#options.admit(socket)) return false
    this.#sockets.add(socket)
    socket.once('close', () => this.#sockets.delete(socket))
    return true
  }
}

interface Secrets {
  readonly cert: string | Buffer
  readonly key: string | Buffer
  readonly ca: string | Buffer | undefined
  readonly minVersion: 'TLSv1.2'
}

/** What a TLS server is made from, tried out here so that the error can name the listener. */
function secrets(listener: BusAddress, material: TlsMaterial | undefined): Secrets {
  if (material === undefined) throw new ListenError(listener, 'mqtts needs a certificate and its key')
  const { cert, key, ca } = material
  const chosen: Secrets = { cert, key, ca, minVersion: 'TLSv1.2' }
  try {
    tls.createSecureContext(chosen)
  } catch (error) {
    throw new ListenError(listener, 'its certificate and key are not a pair of PEM texts', error)
  }
  return chosen
}

function explain(error: Error & { code?: string }): string {
  if (error.code === 'EADDRINUSE') return 'another program has this port; stop it or choose another one'
  if (error.code === 'EACCES') return 'this user may not open it; take a port from 1024 up'
  if (error.code === 'EADDRNOTAVAIL') return 'this machine has no such address'
  return error.message
}
