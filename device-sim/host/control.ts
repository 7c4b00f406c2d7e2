/**
 * The control port: who pays what, by HTTP and JSON, on loopback and outside all of VietQR's topics.
 *
 *   GET  /accounts       the accounts VietQR knows
 *   GET  /orders         every code made so far; `?open=true` only those nobody has paid
 *   POST /pay            {orderId | content | qrCode, amount?, terminalCode?}: a person pays a code
 *   POST /pay-unmatched  {bankAccount, amount, content?, terminalCode?}: money that belongs to no order
 *
 * Amounts are whole VND. A payment is answered with its receipt, everything else that is wrong with
 * `{"error":{"code","message"}}`: 400 for a body that cannot be used, 404 for what does not exist, 405, 413, 415, and 403 for
 * a Host header that is not loopback, which is how a web page somewhere else would reach this port.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { z } from 'zod'
import { isoWithOffset } from '../../protocol/time.ts'
import { isPaid, type Order } from './orders.ts'
import { PaymentError } from './payments.ts'
import type { SimulatedHost } from './simulated-host.ts'

class ControlError extends Error {
  readonly status: number
  readonly code: string

  constructor(status: number, code: string, message: string) {
    super(message)
    this.status = status
    this.code = code
  }
}

const text = z.string({ error: 'should be a text' }).min(1, { error: 'is empty' })
const amount = z.int({ error: 'should be whole VND, a number' }).min(1, { error: 'should be at least 1 VND' })
const paySchema = z
  .strictObject({
    orderId: text.optional(),
    content: text.optional(),
    qrCode: text.optional(),
    terminalCode: text.optional(),
    amount: amount.optional(),
  })
  .refine(({ orderId, content, qrCode }) => (orderId ?? content ?? qrCode) !== undefined, {
    error: 'should have an orderId, a content or a qrCode',
  })
const payUnmatchedSchema = z.strictObject({
  bankAccount: text,
  amount,
  content: z.string({ error: 'should be a text' }).default(''),
  terminalCode: text.optional(),
})

const MOST_BYTES = 65_536

type Answer = (request: IncomingMessage, url: URL) => Promise<unknown>

export class ControlServer {
  readonly #host: SimulatedHost
  readonly #port: number
  readonly #server: Server
  readonly #routes: Readonly<Record<string, Readonly<Record<string, Answer>>>>

  /** @param port 0 takes a free one */
  constructor(host: SimulatedHost, port: number) {
    this.#host = host
    this.#port = port
    this.#routes = {
      '/accounts': { GET: async () => host.accounts },
      '/orders': { GET: async (_request, url) => this.#orders(url).map(orderView) },
      '/pay': { POST: async request => host.pay(await bodyOf(request, paySchema)) },
      '/pay-unmatched': { POST: async request => host.payUnmatched(await bodyOf(request, payUnmatchedSchema)) },
    }
    this.#server = createServer((request, response) => {
      this.#respond(request, response).catch(error => response.destroy(error))
    })
  }

  /** The address of the open port. */
  async start(): Promise<string> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#server.once('error', reject)
    this.#server.listen(this.#port, '127.0.0.1', resolve)
    await promise
    const address = this.#server.address()
    return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : this.#port}`
  }

  async stop(): Promise<void> {
    const closed = new Promise<void>(resolve => this.#server.close(() => resolve()))
    this.#server.closeAllConnections()
    await closed
  }

  #orders(url: URL): readonly Order[] {
    return url.searchParams.get('open') === 'true' ? this.#host.openOrders() : this.#host.orders()
  }

  async #respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      checkHost(request)
      send(response, 200, await this.#answerOf(request))
    } catch (error) {
      const failure = asControlError(error)
      // What is left of a body nobody reads would otherwise be taken for the next request.
      response.setHeader('connection', 'close')
      send(response, failure.status, { error: { code: failure.code, message: failure.message } })
    }
  }

  #answerOf(request: IncomingMessage): Promise<unknown> {
    const url = URL.parse(request.url ?? '/', 'http://localhost')
    const methods = this.#routes[url?.pathname ?? '']
    if (url === null || methods === undefined) {
      throw new ControlError(
        404,
        'NOT_FOUND',
        `there is no such path; there are ${Object.keys(this.#routes).join(', ')}`,
      )
    }
    const answer = methods[request.method ?? '']
    if (answer === undefined) {
      throw new ControlError(405, 'METHOD_NOT_ALLOWED', `${url.pathname} takes ${Object.keys(methods).join(' or ')}`)
    }
    return answer(request, url)
  }
}

/** A browser sends the name it was told; one that resolves to this machine by a trick is still another name. */
function checkHost(request: IncomingMessage): void {
  const name = (request.headers.host ?? '').replace(/:\d+$/, '')
  if (['127.0.0.1', 'localhost', '[::1]'].includes(name)) return
  throw new ControlError(403, 'HOST_FORBIDDEN', 'the Host header should be 127.0.0.1 or localhost')
}

async function bodyOf<T>(request: IncomingMessage, schema: z.ZodType<T>): Promise<T> {
  // A form of a web page elsewhere can post everything but this type without being asked first.
  if (!/^application\/json\b/.test(request.headers['content-type'] ?? '')) {
    throw new ControlError(415, 'NOT_JSON', 'the body should be JSON, with content-type: application/json')
  }
  const result = schema.safeParse(parsed(await textOf(request)))
  if (result.success) return result.data
  const { issues } = result.error
  const code = issues.every(issue => issue.path[0] === 'amount') ? 'AMOUNT_INVALID' : 'INVALID_MESSAGE'
  const words = issues.map(({ path, message }) => [path.join('.') || 'the body', message].join(' '))
  throw new ControlError(400, code, words.join('; '))
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request) {
    bytes += chunk.length
    if (bytes > MOST_BYTES) throw new ControlError(413, 'TOO_LARGE', `the body has more than ${MOST_BYTES} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    throw new ControlError(400, 'INVALID_MESSAGE', 'the body should be one JSON object')
  }
}

function asControlError(error: unknown): ControlError {
  if (error instanceof ControlError) return error
  if (error instanceof PaymentError) {
    return new ControlError(error.code === 'AMOUNT_INVALID' ? 400 : 404, error.code, error.message)
  }
  return new ControlError(500, 'FAILED', error instanceof Error ? error.message : String(error))
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(`${JSON.stringify(body)}\n`)
}

function orderView(order: Order) {
  const { orderId, terminalCode, bankAccount, amount, content, qrCode, transaction, createdAt } = order
  return {
    orderId,
    terminalCode,
    bankAccount,
    amount,
    content,
    qrCode,
    stored: transaction !== null,
    paid: isPaid(order),
    createdAt: isoWithOffset(createdAt),
  }
}
