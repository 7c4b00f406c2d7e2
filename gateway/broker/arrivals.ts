/**
 * Who may come in. A **stranger** is a socket whose login is not accepted yet.
 *
 * Strangers cost memory, so there is a most of them; but refusing newcomers then would let a thousand silent sockets lock a
 * whole shop out. Instead the one that has waited longest goes, of the address that has most of them: an honest device is in
 * within milliseconds, and whoever opens sockets without end closes his own.
 */
import type { Socket } from 'node:net'
import type { BrokerLog } from './device-links.ts'
import type { Limits } from './limits.ts'
import { TokenBuckets } from './token-buckets.ts'

const COMPLAIN_EVERY_MS = 60_000

export class Arrivals {
  readonly #most: number
  readonly #arrivals: TokenBuckets
  readonly #log: BrokerLog
  /** Strangers by address, the longest waiting first, each under its `peerOf`. */
  readonly #strangers = new Map<string, Map<string, Socket>>()
  #count = 0
  #complained = Number.NEGATIVE_INFINITY

  constructor({ strangers, arrivals }: Pick<Limits, 'strangers' | 'arrivals'>, log: BrokerLog) {
    this.#most = strangers
    this.#arrivals = new TokenBuckets(arrivals)
    this.#log = log
  }

  /** A socket was accepted by the system; returns false, and it is closed, when its address has sent too many. */
  admit(socket: Socket): boolean {
    const { remoteAddress: address } = socket
    if (address === undefined || !this.#arrivals.tryTake(address)) {
      this.#complain(address, 'an address opens connections too fast, some are closed at once')
      socket.destroy()
      return false
    }
    const peer = peerOf(socket)
    const beside = this.#strangers.get(address)
    if (beside === undefined) this.#strangers.set(address, new Map([[peer, socket]]))
    else beside.set(peer, socket)
    this.#count += 1
    socket.once('close', () => this.#forget(address, peer))
    if (this.#count > this.#most) this.#makeRoom()
    return !socket.destroyed
  }

  /** The login of this socket, or of the one that carries it, was accepted. */
  settled(socket: Socket): void {
    if (socket.remoteAddress !== undefined) this.#forget(socket.remoteAddress, peerOf(socket))
  }

  #makeRoom(): void {
    let most: readonly [address: string, strangers: Map<string, Socket>] | undefined
    for (const entry of this.#strangers) if (most === undefined || entry[1].size > most[1].size) most = entry
    if (most === undefined) return
    const [address, strangers] = most
    for (const [peer, socket] of strangers) {
      this.#complain(address, 'too many connections without a login, the oldest are closed')
      this.#forget(address, peer)
      socket.destroy()
      return
    }
  }

  #forget(address: string, peer: string): void {
    const strangers = this.#strangers.get(address)
    if (strangers?.delete(peer) !== true) return
    this.#count -= 1
    if (strangers.size === 0) this.#strangers.delete(address)
  }

  /** A flood of connections must not become a flood of lines. */
  #complain(address: string | undefined, what: string): void {
    const now = performance.now()
    if (now - this.#complained < COMPLAIN_EVERY_MS) return
    this.#complained = now
    this.#log.warn({ code: 'RATE_LIMITED', address }, what)
  }
}

/** The same for a TLS socket and for the bare one below it. */
function peerOf({ remotePort, localPort }: Socket): string {
  return `${remotePort} ${localPort}`
}
