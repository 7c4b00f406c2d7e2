/**
 * The page of a shop, on loopback: `GET /` is the page, `GET /events` what happens as server-sent events, and everything a
 * button does is a POST of JSON.
 *
 *   event: shop     how everything stands; the first on every connection
 *   event: effect   what a person notices of a device, with `deviceId` and, where there is a code, its `picture`
 *   event: link     a device is connected or no longer, its plug is in or out
 *   event: codes    the codes that can be paid, the newest first
 *
 * Refusals are `{"error":{"code","message"}}`. A Host that is another machine's name, or an Origin that is not this server, is
 * refused with 403: a web page somewhere else could reach this port otherwise.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { refuseForeign } from '../../gateway/http/guard.ts'
import { sendError, sendJson, setSecurityHeaders } from '../../gateway/http/reply.ts'
import { asControlError, ControlError } from '../host/control/errors.ts'
import type { Route } from '../host/control/route.ts'
import { listenError } from '../host/listen-error.ts'
import { EventStreams } from './event-streams.ts'
import { type PageFile, readPageFiles } from './page-files.ts'
import { Plugs } from './plugs.ts'
import { pageRoutes } from './routes.ts'
import { ShopLog } from './shop-log.ts'
import type { ShopOnPage } from './shop-on-page.ts'

const ADDRESS = '127.0.0.1'

/** Scripts, styles, the icon and the events come from this server, and nothing else from anywhere. */
const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

export class UiServer {
  readonly #port: number
  readonly #log: ShopLog
  readonly #streams: EventStreams
  readonly #routes: ReadonlyMap<string, Route>
  readonly #files: ReadonlyMap<string, PageFile>
  readonly #server: Server

  /**
   * @param port 0 takes a free one
   * @throws Error when the package lacks the files of the page
   */
  constructor(shop: ShopOnPage, port: number) {
    this.#port = port
    const plugs = new Plugs()
    this.#log = new ShopLog(shop, plugs)
    this.#streams = new EventStreams(this.#log)
    this.#routes = new Map(pageRoutes(shop, plugs).map(route => [route.path, route]))
    this.#files = readPageFiles()
    this.#server = createServer((request, response) => {
      this.#respond(request, response).catch(error => response.destroy(error))
    })
  }

  /** The address of the page. Devices are noticed from here on. */
  async start(): Promise<string> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#server.once('error', error => reject(listenError(error, ADDRESS, this.#port, '--port')))
    this.#server.listen(this.#port, ADDRESS, resolve)
    await promise
    this.#log.start()
    this.#streams.start()
    const address = this.#server.address()
    return `http://${ADDRESS}:${typeof address === 'object' && address !== null ? address.port : this.#port}/`
  }

  async stop(): Promise<void> {
    this.#streams.stop()
    this.#log.stop()
    const closed = new Promise<void>(resolve => this.#server.close(() => resolve()))
    this.#server.closeAllConnections()
    await closed
  }

  async #respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    setSecurityHeaders(response)
    try {
      const foreign = refuseForeign(request.headers, [])
      if (foreign !== undefined) throw new ControlError(foreign.status, foreign.code, foreign.message)
      await this.#answer(request, response)
    } catch (error) {
      const failure = asControlError(error)
      // What is left of a body nobody reads would otherwise be taken for the next request.
      response.setHeader('Connection', 'close')
      sendError(response, failure.status, failure.code, failure.message)
    }
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = URL.parse(request.url ?? '/', 'http://localhost')
    const path = url?.pathname ?? ''
    const file = this.#files.get(path)
    if (file !== undefined) {
      needs(request, 'GET')
      response.setHeader('Content-Security-Policy', PAGE_POLICY)
      response.writeHead(200, { 'Content-Type': file.type }).end(file.body)
    } else if (path === '/events') {
      needs(request, 'GET')
      this.#streams.open(response)
    } else {
      const route = this.#routes.get(path)
      if (url === null || route === undefined) throw new ControlError(404, 'NOT_FOUND', 'there is nothing at this path')
      needs(request, route.method)
      sendJson(response, 200, await route.answer(request, url))
    }
  }
}

function needs(request: IncomingMessage, method: string): void {
  if (request.method === method) return
  throw new ControlError(405, 'METHOD_NOT_ALLOWED', `this path takes ${method}`)
}
