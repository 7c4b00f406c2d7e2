import { z } from 'zod'

/** The host's control port refused what a person wanted to do. */
class ControlRefusedError extends Error {
  override readonly name = 'ControlRefusedError'
  /** The code the port gave, such as `ORDER_UNKNOWN`. */
  readonly code: string

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** Where a person finds the code to pay, and how much of it. */
export interface PayWish {
  readonly qrCode?: string
  readonly orderId?: string
  /** Whole VND; left out, what the code says. */
  readonly amount?: number
}

const refusalSchema = z.object({ error: z.object({ code: z.string(), message: z.string() }) })
const ordersSchema = z.array(
  z.looseObject({
    orderId: z.string().nullable(),
    amount: z.number().nullable(),
    qrCode: z.string(),
    paid: z.boolean(),
  }),
)
/** A code the host has made, as its control port lists it. */
export type HostOrder = z.output<typeof ordersSchema>[number]

/** The control port of a simulated host, as a bank app and its owner use it. */
export class ControlClient {
  readonly #url: string

  /** @param url `http://127.0.0.1:PORT` */
  constructor(url: string) {
    this.#url = url.replace(/\/$/, '')
  }

  /** Pays with a bank app; resolves with the receipt. @throws ControlRefusedError */
  pay(wish: PayWish): Promise<unknown> {
    return this.ask('POST', '/pay', wish)
  }

  /** Money that belongs to no order. @throws ControlRefusedError */
  payUnmatched(payment: {
    readonly bankAccount: string
    readonly amount: number
    readonly content?: string
    readonly terminalCode?: string
  }): Promise<unknown> {
    return this.ask('POST', '/pay-unmatched', payment)
  }

  /** The codes nobody has paid. @throws ControlRefusedError */
  async openOrders(): Promise<readonly HostOrder[]> {
    return ordersSchema.parse(await this.ask('GET', '/orders?open=true'))
  }

  /** Anything the port can be asked; the answer as it was read from JSON. @throws ControlRefusedError */
  async ask(method: 'GET' | 'POST' | 'PUT', path: string, body?: object): Promise<unknown> {
    const json = body === undefined ? {} : { body: JSON.stringify(body) }
    let response: Response
    try {
      response = await fetch(`${this.#url}${path}`, {
        method,
        headers: { 'content-type': 'application/json' },
        ...json,
      })
    } catch (cause) {
      throw new ControlRefusedError(
        'NO_CONTROL',
        `the control port ${this.#url} does not answer; is the host started?`,
        { cause },
      )
    }
    const answer: unknown = await response.json()
    if (response.ok) return answer
    const { success, data } = refusalSchema.safeParse(answer)
    if (success) throw new ControlRefusedError(data.error.code, data.error.message)
    throw new ControlRefusedError('FAILED', `the control port answered ${response.status}`)
  }
}
