import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'

/** A cable between a port of its own and another on loopback, which can be pulled out and put back. */
export class Line implements AsyncDisposable {
  #to: number
  readonly #sockets = new Set<Socket>()
  readonly #server: Server
  #whole = true

  private constructor(to: number) {
    this.#to = to
    this.#server = createServer(near => this.#carry(near))
  }

  /** @param to the port at the far end; 0 while it leads nowhere */
  static async open(to = 0): Promise<Line> {
    const line = new Line(to)
    line.#server.listen(0, '127.0.0.1')
    await once(line.#server, 'listening')
    return line
  }

  /** The near end. */
  get port(): number {
    const address = this.#server.address()
    return typeof address === 'object' && address !== null ? address.port : 0
  }

  /** Where those who connect from now on come out. */
  leadTo(port: number): void {
    this.#to = port
  }

  /** Whoever is connected is cut off, and nobody gets through. */
  cut(): void {
    this.#whole = false
    for (const socket of this.#sockets) socket.destroy()
  }

  mend(): void {
    this.#whole = true
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut()
    const closed = once(this.#server, 'close')
    this.#server.close()
    await closed
  }

  #carry(near: Socket): void {
    if (!this.#whole) {
      near.destroy()
      return
    }
    const far = connect(this.#to, '127.0.0.1')
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(socket)
      socket.setNoDelay(true)
      // What ended one end is seen at the other end as its close.
      socket.on('error', () => {})
      socket.on('close', () => {
        this.#sockets.delete(socket)
        other.destroy()
      })
    }
    near.pipe(far).pipe(near)
  }
}
