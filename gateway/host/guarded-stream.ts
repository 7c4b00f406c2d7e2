import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { FrameGuard, type FrameGuardOwner } from './frame-guard.ts'

export interface GuardedStreamOwner extends Pick<FrameGuardOwner, 'message'> {
  /** What makes the connection useless, in words. */
  fault(words: string): void
}

/**
 * The socket to the host as MQTT.js has it: what is read is everything but the host's messages, which go to the owner; what is
 * written goes through.
 */
export class GuardedStream extends Duplex {
  readonly #socket: Socket
  readonly #guard: FrameGuard
  /** Whether MQTT.js, or the owner, takes nothing more for the moment. */
  #isFull = false
  #isHeld = false

  constructor(socket: Socket, maximumBytes: number, owner: GuardedStreamOwner) {
    super()
    this.#socket = socket
    this.#guard = new FrameGuard(maximumBytes, {
      pass: bytes => {
        this.#isFull = !this.push(bytes)
      },
      message: (...message) => owner.message(...message),
    })
    socket.on('data', chunk => {
      const words = this.#guard.take(chunk)
      if (words !== undefined) owner.fault(words)
      else this.#flow()
    })
    socket.once('end', () => this.push(null))
    socket.once('close', () => this.destroy())
  }

  /** Bytes of messages that were too large, so far: while they grow the host is not silent, though nothing is taken in. */
  get skipped(): number {
    return this.#guard.skipped
  }

  /** Reads nothing more, messages or other packets; what has come already is still told. */
  hold(): void {
    this.#isHeld = true
    this.#flow()
  }

  /** Reads on. */
  release(): void {
    this.#isHeld = false
    this.#flow()
  }

  #flow(): void {
    if (this.#isHeld || this.#isFull) this.#socket.pause()
    else this.#socket.resume()
  }

  override _read(): void {
    this.#isFull = false
    this.#flow()
  }

  override _write(chunk: Uint8Array, _encoding: BufferEncoding, done: (error?: Error) => void): void {
    // The socket keeps what it cannot send yet; packets must not be split between two queues.
    this.#socket.write(chunk)
    done()
  }

  override _final(done: (error?: Error) => void): void {
    this.#socket.end(() => done())
  }

  override _destroy(_error: Error | null, done: (error?: Error | null) => void): void {
    this.#socket.destroy()
    done()
  }
}
