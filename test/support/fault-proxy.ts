import { once } from 'node:events'
import { createConnection, createServer, type Server, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { freePort } from './free-port.ts'

/** How bytes are carried. */
export interface Carriage {
  /** Milliseconds each piece is held back, in each direction. */
  readonly latencyMs: number
  /** In each direction; Infinity for as fast as it goes. */
  readonly bytesPerSecond: number
  /** Pieces of this many bytes at the most. */
  readonly sliceBytes: number
}

interface Link {
  readonly near: Socket
  readonly far: Socket
  /** Half open: both ends believe in it, and nothing comes through any more. */
  silent: boolean
}

const SMOOTH: Carriage = {
  latencyMs: 0,
  bytesPerSecond: Number.POSITIVE_INFINITY,
  sliceBytes: Number.POSITIVE_INFINITY,
}

/** A TCP connection with all that happens to one: put between two programs on loopback, it breaks as it is told. */
export class FaultProxy implements AsyncDisposable {
  readonly port: number
  readonly #target: number
  readonly #links = new Set<Link>()
  #server: Server | null = null
  #carriage = SMOOTH

  private constructor(port: number, target: number) {
    this.port = port
    this.#target = target
  }

  /** Listens on a port of its own and connects each caller to `target`. */
  static async before(target: number): Promise<FaultProxy> {
    const proxy = new FaultProxy(await freePort(), target)
    await proxy.#listen()
    return proxy
  }

  /** From now on bytes are carried like this, on open connections too. */
  carry(carriage: Partial<Carriage>): void {
    this.#carriage = { ...SMOOTH, ...carriage }
  }

  /** Every open connection ends at once, with a reset on both sides. */
  reset(): void {
    for (const { near, far } of this.#links) {
      near.resetAndDestroy()
      far.resetAndDestroy()
    }
  }

  /** Every open connection is half open from now on, as when a router forgets it: it stays, and carries nothing ever again. */
  silence(): void {
    for (const link of this.#links) link.silent = true
  }

  /** Nobody listens any more; open connections stay. */
  refuse(): void {
    this.#server?.close()
    this.#server = null
  }

  /** The line is as it should be. Half-open connections stay what they are. */
  async heal(): Promise<void> {
    this.#carriage = SMOOTH
    if (this.#server === null) await this.#listen()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.refuse()
    this.reset()
  }

  async #listen(): Promise<void> {
    const server = createServer(near => this.#connect(near))
    server.listen(this.port, '127.0.0.1')
    await once(server, 'listening')
    this.#server = server
  }

  #connect(near: Socket): void {
    const far = createConnection({ host: '127.0.0.1', port: this.#target, noDelay: true })
    const link: Link = { near, far, silent: false }
    this.#links.add(link)
    near.setNoDelay(true)
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      socket.on('error', () => {})
      socket.once('close', () => {
        if (other.destroyed) this.#links.delete(link)
        // A dead line tells the other end nothing.
        if (!link.silent) other.destroy()
      })
      this.#pump(socket, other, link).catch(() => {
        if (!link.silent) other.destroy()
      })
    }
  }

  async #pump(from: Socket, to: Socket, link: Link): Promise<void> {
    for await (const chunk of from) {
      if (!Buffer.isBuffer(chunk)) continue
      for (let at = 0; at < chunk.length; ) {
        const { latencyMs, bytesPerSecond, sliceBytes } = this.#carriage
        const slice = chunk.subarray(at, Math.min(chunk.length, at + sliceBytes))
        at += slice.length
        const wait = latencyMs + (slice.length / bytesPerSecond) * 1000
        if (wait >= 1) await delay(wait)
        if (link.silent) continue
        if (!to.write(slice)) await once(to, 'drain')
      }
    }
    if (!link.silent) to.end()
  }
}
