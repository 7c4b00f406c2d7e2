import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, isIP } from 'node:net'
import { hostname } from 'node:os'
import type { Duplex } from 'node:stream'
import { hostPort } from '../config/addresses.ts'
import type { Log } from '../log.ts'
import { refuseForeign, refuseStranger } from './guard.ts'
import type { Metrics } from './metrics.ts'
import { sendError, setSecurityHeaders } from './reply.ts'
import { findRoute, healthRoutes, metricsRoute, type Route } from './routes.ts'

const MOST_HEADER_BYTES = 16_384
const MOST_URL_LENGTH = 2_048
const MOST_CONNECTIONS = 256
const HEADERS_TIMEOUT_MS = 10_000
const REQUEST_TIMEOUT_MS = 30_000
const CHECK_INTERVAL_MS = 5_000
/** How long answers that are under way may take when the server stops. */
const STOP_GRACE_MS = 1_000

export interface HttpServerOptions {
  readonly listen: { readonly host: string; readonly port: number }
  /** What callers must show; none where undefined. */
  readonly token?: string | undefined
  /** Further names this machine may be called by, such as `broker.advertise`. */
  readonly names?: readonly string[]
  /** Why the gateway cannot do its work now, in words for an operator; empty when it can. */
  readonly readiness: () => string[]
  readonly metrics: Metrics
  readonly log: Log
  /** What other parts of the gateway answer, such as the API and the dashboard. */
  readonly routes?: readonly Route[]
}

/** The address cannot be listened on. */
export class HttpListenError extends Error {
  override readonly name = 'HttpListenError'
  readonly code = 'HTTP_LISTEN_FAILED'
}

/** Health, metrics and whatever other parts add, over HTTP. */
export class HttpServer {
  readonly #options: HttpServerOptions
  readonly #routes: readonly Route[]
  readonly #names: readonly string[]
  #server: Server | undefined

  constructor(options: HttpServerOptions) {
    this.#options = options
    this.#routes = [...healthRoutes(options.readiness), metricsRoute(options.metrics), ...(options.routes ?? [])]
    this.#names = namesOf(options)
  }

  /**
   * Resolves when the server listens.
   * @throws HttpListenError
   */
  async start(): Promise<void> {
    const server = createServer(
      {
        maxHeaderSize: MOST_HEADER_BYTES,
        headersTimeout: HEADERS_TIMEOUT_MS,
        requestTimeout: REQUEST_TIMEOUT_MS,
        connectionsCheckingInterval: CHECK_INTERVAL_MS,
      },
      (request, response) => void this.#answer(request, response),
    )
    server.maxConnections = MOST_CONNECTIONS
    server.on('clientError', answerUnreadable)
    const { host, port } = this.#options.listen
    await new Promise<void>((resolve, reject) => {
      server.once('error', error => reject(listenError({ host, port }, error)))
      server.listen({ host, port }, resolve)
    })
    server.on('error', error => this.#options.log.error({ err: error }, 'HTTP server'))
    this.#server = server
  }

  /** Resolves when every connection is closed; those that will not end are cut. */
  async stop(): Promise<void> {
    const server = this.#server
    if (server === undefined) return
    this.#server = undefined
    const closed = new Promise(resolve => server.close(resolve))
    const cut = setTimeout(() => server.closeAllConnections(), STOP_GRACE_MS)
    await closed
    clearTimeout(cut)
  }

  /** Where it listens, with the port it was given for 0; undefined while it does not. */
  address(): { readonly host: string; readonly port: number } | undefined {
    const address = this.#server?.address()
    return isAddressInfo(address) ? { host: address.address, port: address.port } : undefined
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    setSecurityHeaders(response)
    try {
      await this.#route(request, response)
    } catch (error) {
      this.#options.log.error({ err: error, method: request.method }, 'HTTP request failed')
      if (response.headersSent) response.destroy()
      else sendError(response, 500, 'INTERNAL_ERROR', 'the gateway could not answer; its log says why')
    }
  }

  async #route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const foreign = refuseForeign(request.headers, this.#names)
    if (foreign !== undefined) return sendError(response, foreign.status, foreign.code, foreign.message)
    const target = request.url ?? ''
    if (target.length > MOST_URL_LENGTH) {
      return sendError(response, 414, 'URL_TOO_LONG', `the URL is longer than ${MOST_URL_LENGTH} characters`)
    }
    // Proxies are asked `GET http://elsewhere/`; this is none.
    const url = target.startsWith('/') ? URL.parse(`http://gateway${target}`) : null
    if (url === null)
      return sendError(response, 400, 'URL_INVALID', 'the URL is not a path on this server, such as /healthz')

    const route = findRoute(this.#routes, url.pathname)
    const stranger =
      route?.open === true ? undefined : refuseStranger(request.headers.authorization, this.#options.token)
    if (stranger !== undefined) {
      response.setHeader('WWW-Authenticate', 'Bearer')
      return sendError(response, stranger.status, stranger.code, stranger.message)
    }
    if (route === undefined) return sendError(response, 404, 'NOT_FOUND', 'there is nothing at this path')
    await handle(route, request, response, url)
  }
}

async function handle(route: Route, request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
  const { GET, ...others } = route.methods
  const methods = new Map(Object.entries(GET === undefined ? others : { GET, HEAD: GET, ...others }))
  const handler = methods.get(request.method ?? '')
  if (handler !== undefined) return handler(request, response, url)
  const allowed = [...methods.keys()].join(', ')
  response.setHeader('Allow', allowed)
  sendError(response, 405, 'METHOD_NOT_ALLOWED', `this path knows only ${allowed}`)
}

/** What is not even HTTP, or took too long to say, has no request to answer; the connection ends. */
function answerUnreadable(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy()
    return
  }
  socket.end(`HTTP/1.1 ${statusFor(error.code)}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}

function statusFor(code: string | undefined): string {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return '431 Request Header Fields Too Large'
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return '408 Request Timeout'
    default:
      return '400 Bad Request'
  }
}

/** The machine's own name, whole, short and as the local network announces it (mDNS), and the names it was given. */
function namesOf({ listen, names = [] }: HttpServerOptions): string[] {
  const own = hostname()
  const short = own.replace(/\..*$/, '')
  return [own, short, `${short}.local`, ...names, ...(isIP(listen.host) === 0 ? [listen.host] : [])]
}

function listenError(listen: HttpServerOptions['listen'], cause: NodeJS.ErrnoException): HttpListenError {
  const place = `http.listen ${hostPort(listen)}`
  switch (cause.code) {
    case 'EADDRINUSE':
      return new HttpListenError(`${place} is taken by another program; stop it, or choose another port`, { cause })
    case 'EACCES':
      return new HttpListenError(`${place} needs more rights than this user has; choose a port above 1023`, { cause })
    case 'EADDRNOTAVAIL':
      return new HttpListenError(`${place} is no address of this machine; use one it has, or 127.0.0.1`, { cause })
    default:
      return new HttpListenError(`${place} cannot be listened on: ${cause.message}`, { cause })
  }
}

function isAddressInfo(address: AddressInfo | string | null | undefined): address is AddressInfo {
  return typeof address === 'object' && address !== null
}
