/**
 * Stands between an accepted socket and the MQTT library, which has no limit of its own on the bytes of a packet and
 * would gather a packet of 256 MB in memory for anybody who announces one.
 *
 * The **gate** is shut until the broker has accepted the login. While it is shut exactly one packet, the CONNECT, is let
 * through; what follows stays in the socket. The library would otherwise handle a PUBLISH that arrives just behind the
 * CONNECT as soon as it is "connecting", which is before the password was looked at. Once the gate is open the limit is
 * higher and chunks pass as they come, but for the plain packets that are taken before the library. Nothing is gathered
 * here in either state: what the library does not take yet stays in the socket, and so with the peer.
 *
 * The silence of a device is measured here too, because the library does not see all that it says. [MQTT-3.1.2-24]
 */
import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { LONGEST_CONNECT } from './front-door.ts'
import { PacketMeter } from './packet-meter.ts'

/** Bytes of a whole packet, once the login was accepted. */
const LIMIT_AFTER = 64 * 1024

type Done = (error?: Error | null) => void

/** Who takes packets from the beginning of a chunk, which is the beginning of a packet; how many bytes were taken. */
type Taker = (chunk: Buffer) => number

export class ByteGuard extends Duplex {
  /** Where the peer is, for the log. */
  readonly peer: string
  readonly socket: Socket
  readonly #meter = new PacketMeter(LONGEST_CONNECT)
  #open = false
  #ended = false
  /** Whether what is written in this tick waits for its end. */
  #gathers = false
  #deadline: NodeJS.Timeout | undefined
  #silence: NodeJS.Timeout | undefined
  #takePlain: Taker = () => 0
  /** Milliseconds without a packet after which the connection ends. */
  mostSilence = Number.POSITIVE_INFINITY

  constructor(socket: Socket) {
    super()
    this.socket = socket
    this.peer = socket.remoteAddress ?? 'unknown'
  }

  /** A guard around `socket`, which is destroyed unless `loginAccepted` is called within `deadline` milliseconds. */
  static around(socket: Socket, deadline: number): ByteGuard {
    const guard = new ByteGuard(socket)
    guard.#attach(deadline)
    return guard
  }

  /** Opens the gate: what waits behind the CONNECT passes, and packets may be larger. `takePlain` sees each before the library. */
  loginAccepted(takePlain?: Taker): void {
    if (this.destroyed) return
    clearTimeout(this.#deadline)
    this.#open = true
    if (takePlain !== undefined) this.#takePlain = takePlain
    if (Number.isFinite(this.mostSilence)) {
      this.#silence = setTimeout(() => this.destroy(new Error('the device was silent too long')), this.mostSilence)
    }
    this.#meter.limit = LIMIT_AFTER
    this.socket.resume()
  }

  #attach(deadline: number): void {
    const socket = this.socket
    this.#deadline = setTimeout(() => {
      this.destroy(new Error(`no login was accepted within ${deadline} ms`))
    }, deadline)
    socket.on('data', (chunk: Buffer) => this.#take(chunk))
    socket.on('end', () => {
      this.#ended = true
      this.push(null)
    })
    socket.on('error', error => this.destroy(error))
    // After an orderly end the reader still has to get what was pushed before it; it destroys the guard at the end.
    socket.on('close', () => this.#ended || this.destroy())
    socket.pause()
  }

  get #shut(): boolean {
    return !this.#open && this.#meter.packets > 0
  }

  #take(chunk: Buffer): void {
    const packets = this.#meter.packets
    const isNext = this.#open && this.#meter.isBetween && this.readableLength === 0
    const plain = isNext ? this.#takePlain(chunk) : 0
    if (plain < chunk.length) this.#pass(plain === 0 ? chunk : chunk.subarray(plain))
    if (plain > 0 || this.#meter.packets > packets) this.#silence?.refresh()
  }

  #pass(chunk: Buffer): void {
    let read = 0
    try {
      while (read < chunk.length && !this.#shut) read = this.#meter.advance(chunk, read)
    } catch (error) {
      this.destroy(error instanceof Error ? error : new Error(String(error)))
      return
    }
    if (this.#shut) this.socket.pause()
    if (read < chunk.length) this.socket.unshift(chunk.subarray(read))
    if (read > 0 && !this.push(chunk.subarray(0, read))) this.socket.pause()
  }

  override _read(): void {
    if (!this.#shut) this.socket.resume()
  }

  // An acknowledgement and the next message, and the parts the library writes a packet in, leave together at the end of the tick.
  override write(chunk: unknown, encoding?: BufferEncoding | Done, done?: Done): boolean {
    if (!this.#gathers) {
      this.#gathers = true
      this.cork()
      process.nextTick(() => {
        this.#gathers = false
        this.uncork()
      })
    }
    return typeof encoding === 'function' ? super.write(chunk, encoding) : super.write(chunk, encoding ?? 'utf8', done)
  }

  // The callbacks are the socket's own, so that `writableLength` counts all that has not left the process.
  override _write(chunk: Buffer, _encoding: BufferEncoding, done: Done): void {
    this.socket.write(chunk, done)
  }

  override _writev(chunks: readonly { chunk: Buffer }[], done: Done): void {
    this.socket.write(Buffer.concat(chunks.map(({ chunk }) => chunk)), done)
  }

  override _final(done: Done): void {
    this.socket.end(done)
  }

  override _destroy(error: Error | null, done: Done): void {
    clearTimeout(this.#deadline)
    clearTimeout(this.#silence)
    this.socket.destroy()
    done(error)
  }
}
