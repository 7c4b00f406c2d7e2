/** The device was stopped before its question was answered. */
class DeviceStoppedError extends Error {
  override readonly name = 'DeviceStoppedError'
  readonly code = 'DEVICE_STOPPED'

  constructor() {
    super('the device was stopped before its request was answered')
  }
}

interface Open<Answer> {
  readonly body: object
  readonly timer: NodeJS.Timeout
  readonly answered: (answer: Answer) => void
  readonly failed: (error: Error) => void
}

/** Requests that are sent again, always the same, until somebody answers. */
export class Requests<Answer> {
  readonly #open = new Map<string, Open<Answer>>()
  readonly #send: (body: object) => void
  readonly #resendMs: number

  /** @param send may do nothing while there is no link */
  constructor(send: (body: object) => void, resendMs: number) {
    this.#send = send
    this.#resendMs = resendMs
  }

  /** @throws DeviceStoppedError */
  ask(requestId: string, body: object): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>()
    this.#close(requestId)?.failed(new Error(`the request ${requestId} was made once more`))
    const timer = setInterval(() => this.#send(body), this.#resendMs)
    this.#open.set(requestId, { body, timer, answered: resolve, failed: reject })
    this.#send(body)
    // Who asked may have left; a device that is switched off is no reason to end the program.
    promise.catch(() => {})
    return promise
  }

  answer(requestId: string, answer: Answer): void {
    this.#close(requestId)?.answered(answer)
  }

  /** The link is there, perhaps again: nobody has to wait for the next turn. */
  resend(): void {
    for (const { body } of this.#open.values()) this.#send(body)
  }

  stop(): void {
    for (const requestId of [...this.#open.keys()]) this.#close(requestId)?.failed(new DeviceStoppedError())
  }

  #close(requestId: string): Open<Answer> | undefined {
    const open = this.#open.get(requestId)
    clearInterval(open?.timer)
    this.#open.delete(requestId)
    return open
  }
}
