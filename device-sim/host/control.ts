/**
 * The control port: who pays what, what goes wrong, and what was said, by HTTP and JSON, on loopback and outside all of
 * VietQR's topics. `GET /` lists what can be asked.
 *
 * Amounts are whole VND. What cannot be done is answered with `{"error":{"code","message"}}`: 400 for what cannot be used, 404
 * for what does not exist, 405, 409 for what does not fit the state of things, 413, 415, and 403 for a Host or Origin header
 * that is not loopback, which is how a web page somewhere else would reach this port.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { boxRoutes } from './control/box-routes.ts'
import { asControlError, ControlError } from './control/errors.ts'
import { faultRoutes } from './control/fault-routes.ts'
import { messageRoutes } from './control/message-routes.ts'
import { moneyRoutes } from './control/money-routes.ts'
import { asks, nothing, type Route } from './control/route.ts'
import { listenError } from './listen-error.ts'
import type { SimulatedHost } from './simulated-host.ts'

const ADDRESS = '127.0.0.1'

/** Everything the control port can be asked, in the order in which it is explained. */
export function controlRoutes(host: SimulatedHost): readonly Route[] {
  const routes: readonly Route[] = [moneyRoutes, boxRoutes, faultRoutes, messageRoutes].flatMap(make => make(host))
  const list = () => routes.map(({ method, path, takes, words }) => ({ method, path, takes, words }))
  return [asks('GET', '/', null, 'this list', nothing, list), ...routes]
}

export class ControlServer {
  readonly #port: number
  readonly #server: Server
  readonly #routes: readonly Route[]

  /** @param port 0 takes a free one */
  constructor(host: SimulatedHost, port: number) {
    this.#port = port
    this.#routes = controlRoutes(host)
    this.#server = createServer((request, response) => {
      this.#respond(request, response).catch(error => response.destroy(error))
    })
  }

  /** The address of the open port. */
  async start(): Promise<string> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#server.once('error', error => reject(listenError(error, ADDRESS, this.#port, '--control')))
    this.#server.listen(this.#port, ADDRESS, resolve)
    await promise
    const address = this.#server.address()
    return `http://${ADDRESS}:${typeof address === 'object' && address !== null ? address.port : this.#port}`
  }

  async stop(): Promise<void> {
    const closed = new Promise<void>(resolve => this.#server.close(() => resolve()))
    this.#server.closeAllConnections()
    await closed
  }

  async #respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      checkSender(request)
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
    const there = this.#routes.filter(({ path }) => path === url?.pathname)
    if (url === null || there.length === 0) {
      const paths = [...new Set(this.#routes.map(({ path }) => path))]
      throw new ControlError(404, 'NOT_FOUND', `there is no such path; there are ${paths.join(', ')}`)
    }
    const route = there.find(({ method }) => method === request.method)
    if (route === undefined) {
      const methods = there.map(({ method }) => method).join(' or ')
      throw new ControlError(405, 'METHOD_NOT_ALLOWED', `${url.pathname} takes ${methods}`)
    }
    return route.answer(request, url)
  }
}

/** A browser sends the name it was told; one that resolves to this machine by a trick is still another name. */
function checkSender({ headers }: IncomingMessage): void {
  if (!isLoopback((headers.host ?? '').replace(/:\d+$/, ''))) {
    throw new ControlError(403, 'HOST_FORBIDDEN', 'the Host header should be 127.0.0.1 or localhost')
  }
  if (headers.origin !== undefined && !isLoopback(URL.parse(headers.origin)?.hostname ?? '')) {
    throw new ControlError(403, 'ORIGIN_FORBIDDEN', 'pages of other machines may not ask here')
  }
}

function isLoopback(name: string): boolean {
  return ['127.0.0.1', 'localhost', '[::1]'].includes(name)
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(`${JSON.stringify(body)}\n`)
}
