import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Metrics } from './metrics.ts'
import { sendJson, sendText } from './reply.ts'

/** One place of the server and who answers there. */
export interface Route {
  /** `/readyz`, or with a slash at the end everything below it: `/api/`. The longest that fits is asked. */
  readonly path: string
  /** Answered without a token even where one is configured. */
  readonly open?: boolean
  /** By method; a route that has GET answers HEAD too. */
  readonly methods: Readonly<Record<string, Handler>>
}

/** Answers one request; what it throws is answered with 500 and logged. */
type Handler = (request: IncomingMessage, response: ServerResponse, url: URL) => void | Promise<void>

/**
 * `/healthz` and `/readyz` are open even where a token is configured: orchestrators and load balancers ask without one,
 * and all there is to learn is whether this gateway works.
 * @param readiness why the gateway cannot do its work now, in words for an operator; empty when it can
 */
export function healthRoutes(readiness: () => string[]): Route[] {
  return [
    { path: '/healthz', open: true, methods: { GET: (_, response) => sendJson(response, 200, { status: 'ok' }) } },
    {
      path: '/readyz',
      open: true,
      methods: {
        GET(_, response) {
          const reasons = readiness()
          sendJson(response, reasons.length === 0 ? 200 : 503, { ready: reasons.length === 0, reasons })
        },
      },
    },
  ]
}

/** `/metrics`, in the text format of Prometheus. */
export function metricsRoute(metrics: Metrics): Route {
  return {
    path: '/metrics',
    methods: {
      async GET(_, response) {
        sendText(response, 200, metrics.contentType, await metrics.text())
      },
    },
  }
}

/** The route that answers a path. */
export function findRoute(routes: readonly Route[], pathname: string): Route | undefined {
  return routes
    .filter(({ path }) => path === pathname || (path.length > 1 && path.endsWith('/') && pathname.startsWith(path)))
    .sort((a, b) => b.path.length - a.path.length)[0]
}
