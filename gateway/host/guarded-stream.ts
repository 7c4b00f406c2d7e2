import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { FrameGuard } from './frame-guard.ts'

/** The socket to the host as MQTT.js has it: what is read has passed the frame guard, what is written goes through. */
export class GuardedStream extends Duplex {
  readonly #socket: Socket
  readonly #guard: FrameGuard
  /** Bytes that were announced of each message that was cut, by its number; until it is asked for. */
  readonly #cut = new Map<number, number>()
  #taken = 0

  /** `fault` is told in words what makes the connection useless. */
  constructor(socket: Socket, maximumBytes: number, fault: (words: string) => void) {
    super()
    this.#socket = socket
    this.#guard = new FrameGuard(maximumBytes, {
      pass: bytes => {
        if (!this.push(bytes)) socket.pause()
      },
      cut: (number, bytes) => this.#cut.set(number, bytes),
    })
    socket.on('data', chunk => {
      const words = this.#guard.take(chunk)
      if (words !== undefined) fault(words)
    })
    socket.once('end', () => this.push(null))
    socket.once('close', () => this.destroy())
  }

  /** Bytes that were let go so far: while they grow the host is not silent, though MQTT.js sees no packet. */
  get skipped(): number {
    return this.#guard.skipped
  }

  /** To be asked once for each message taken from this stream, in its turn: how large it was if it was cut, else null. */
  cutFrom(): number | null {
    this.#taken += 1
    const bytes = this.#cut.get(this.#taken) ?? null
    this.#cut.delete(this.#taken)
    return bytes
  }

  override _read(): void {
    this.#socket.resume()
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
