/**
 * Keeps a socket until its whole CONNECT is there. Before that nobody knows who it is, and there may be a thousand of its
 * kind: what the MQTT library keeps for a connection is many times what is kept here.
 */
import type { Socket } from 'node:net'
import { PacketMeter } from './packet-meter.ts'

/** Bytes of the whole CONNECT. */
export const LONGEST_CONNECT = 4 * 1024

/** Bytes: most CONNECTs have fewer. */
const FIRST_BUFFER = 256

export class FrontDoor {
  readonly #socket: Socket
  readonly #meter = new PacketMeter(LONGEST_CONNECT)
  readonly #enter: () => void
  #kept = Buffer.alloc(0)
  #length = 0

  private constructor(socket: Socket, enter: () => void) {
    this.#socket = socket
    this.#enter = enter
  }

  /** Calls `enter` once the CONNECT can be read from the socket. A socket that says something else is closed. */
  static keep(socket: Socket, enter: () => void): void {
    const door = new FrontDoor(socket, enter)
    socket.on('data', door.#take)
    socket.on('end', door.#close)
    socket.on('error', door.#close)
  }

  readonly #close = (): void => {
    this.#socket.destroy()
  }

  readonly #take = (chunk: Buffer): void => {
    let read: number
    try {
      read = this.#meter.advance(chunk, 0)
    } catch {
      this.#close()
      return
    }
    if (this.#meter.packets === 0) {
      this.#keep(chunk)
      return
    }
    const socket = this.#socket
    socket.off('data', this.#take).off('end', this.#close).off('error', this.#close)
    socket.pause()
    if (read < chunk.length) socket.unshift(chunk.subarray(read))
    const connect = Buffer.concat([this.#kept.subarray(0, this.#length), chunk.subarray(0, read)])
    socket.unshift(connect)
    this.#enter()
  }

  /** Into one buffer: a thousand chunks of one byte would take far more than their bytes. */
  #keep(chunk: Buffer): void {
    const length = this.#length + chunk.length
    if (length > this.#kept.length) {
      const larger = Buffer.alloc(Math.max(FIRST_BUFFER, Math.min(2 * length, LONGEST_CONNECT)))
      this.#kept.copy(larger, 0, 0, this.#length)
      this.#kept = larger
    }
    chunk.copy(this.#kept, this.#length)
    this.#length = length
  }
}
