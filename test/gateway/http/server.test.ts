import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type IncomingHttpHeaders, request } from 'node:http'
import { connect } from 'node:net'
import { hostname } from 'node:os'
import { text } from 'node:stream/consumers'
import { afterEach, describe, it } from 'node:test'
import { createMetrics } from '../../../gateway/http/metrics.ts'
import { sendJson } from '../../../gateway/http/reply.ts'
import { HttpListenError, HttpServer, type HttpServerOptions } from '../../../gateway/http/server.ts'
import { createLogger } from '../../../gateway/log.ts'
import { parseMetrics } from './prometheus.ts'

const running = new Set<HttpServer>()
afterEach(async () => {
  await Promise.all([...running].map(server => server.stop()))
  running.clear()
})

async function started(options: Partial<HttpServerOptions> = {}): Promise<number> {
  const server = new HttpServer({
    listen: { host: '127.0.0.1', port: 0 },
    readiness: () => [],
    metrics: createMetrics(),
    log: createLogger({ level: 'silent', pretty: false }),
    ...options,
  })
  running.add(server)
  await server.start()
  const address = server.address()
  assert.equal(address?.host, '127.0.0.1')
  return address.port
}

interface Answer {
  status: number
  headers: IncomingHttpHeaders
  body: string
}

async function ask(port: number, path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
  const asked = request({ host: '127.0.0.1', port, path, method, headers, agent: false })
  asked.end()
  const [response] = await once(asked, 'response', { signal: AbortSignal.timeout(5_000) })
  return { status: response.statusCode, headers: response.headers, body: await text(response) }
}

/** What comes back for bytes that no HTTP client would send, until the connection ends. */
async function raw(port: number, bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  socket.setTimeout(5_000, () => socket.destroy(new Error('no answer')))
  socket.write(bytes)
  return text(socket)
}

describe('the HTTP server', () => {
  it('answers /healthz with 200 while the process works', async () => {
    const port = await started({ readiness: () => ['host link down'] })
    const { status, body, headers } = await ask(port, '/healthz')
    assert.equal(status, 200)
    assert.equal(body, '{"status":"ok"}')
    assert.equal(headers['content-type'], 'application/json; charset=utf-8')
  })

  it('answers /readyz with 503 and the reasons, then with 200', async () => {
    let reasons = ['host link down: connection refused', 'database not writable']
    const port = await started({ readiness: () => reasons })
    const before = await ask(port, '/readyz')
    assert.equal(before.status, 503)
    assert.equal(
      before.body,
      '{"ready":false,"reasons":["host link down: connection refused","database not writable"]}',
    )
    reasons = []
    const after = await ask(port, '/readyz?verbose=1')
    assert.equal(after.status, 200)
    assert.equal(after.body, '{"ready":true,"reasons":[]}')
  })

  it('answers /metrics in the text format of Prometheus', async () => {
    const metrics = createMetrics({ devicesOnline: () => 4 })
    const port = await started({ metrics })
    const { status, headers, body } = await ask(port, '/metrics')
    assert.equal(status, 200)
    assert.equal(headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8')
    assert.equal(parseMetrics(body).samples.get('vietqr_devices_online'), 4)
  })

  it('answers HEAD like GET, without the body', async () => {
    const port = await started()
    const { status, headers, body } = await ask(port, '/readyz', {}, 'HEAD')
    assert.deepEqual([status, headers['content-length'], body], [200, '27', ''])
  })

  it('answers 404 with JSON where there is nothing', async () => {
    const port = await started()
    for (const path of ['/nothing', '/healthz/', '/HEALTHZ', '//healthz', '/%2e%2e/x', '/api/', '*'.padStart(2, '/')]) {
      const { status, body } = await ask(port, path)
      assert.equal(status, 404, path)
      assert.equal(JSON.parse(body).error.code, 'NOT_FOUND')
    }
  })

  it('answers other methods with 405 and Allow', async () => {
    const port = await started()
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'TRACE']) {
      const { status, headers, body } = await ask(port, '/healthz', {}, method)
      assert.deepEqual([status, headers.allow], [405, 'GET, HEAD'], method)
      assert.equal(JSON.parse(body).error.code, 'METHOD_NOT_ALLOWED')
    }
  })

  it('sends the security headers with every answer', async () => {
    const port = await started()
    for (const path of ['/healthz', '/metrics', '/nothing']) {
      const { headers } = await ask(port, path)
      assert.equal(headers['x-content-type-options'], 'nosniff')
      assert.equal(headers['cache-control'], 'no-store')
      assert.equal(headers['x-frame-options'], 'DENY')
      assert.equal(headers['referrer-policy'], 'no-referrer')
      assert.equal(headers['cross-origin-resource-policy'], 'same-origin')
      assert.match(String(headers['content-security-policy']), /default-src 'none'/)
      assert.equal(headers['access-control-allow-origin'], undefined)
    }
  })

  it('answers names of this machine and refuses a rebound one on every path', async () => {
    const port = await started({ names: ['gateway.example'] })
    for (const host of [
      `localhost:${port}`,
      '127.0.0.1',
      `[::1]:${port}`,
      hostname(),
      `${hostname()}.local`,
      'gateway.example:81',
    ]) {
      assert.equal((await ask(port, '/healthz', { host })).status, 200, host)
    }
    for (const path of ['/healthz', '/readyz', '/metrics', '/nothing']) {
      const { status, body } = await ask(port, path, { host: `rebound.evil.example:${port}` })
      assert.equal(status, 403)
      assert.equal(JSON.parse(body).error.code, 'HOST_NOT_ALLOWED')
    }
  })

  it('answers a page of its own and refuses one of another origin', async () => {
    const port = await started()
    const host = `localhost:${port}`
    assert.equal((await ask(port, '/metrics', { host, origin: `http://${host}` })).status, 200)
    for (const origin of ['http://evil.example', `http://localhost:${port + 1}`, 'null']) {
      const { status, body } = await ask(port, '/metrics', { host, origin })
      assert.equal(status, 403, origin)
      assert.equal(JSON.parse(body).error.code, 'ORIGIN_NOT_ALLOWED')
    }
  })

  it('asks for the token everywhere but on /healthz and /readyz', async () => {
    const port = await started({ token: 'fake-token' })
    for (const path of ['/healthz', '/readyz']) assert.equal((await ask(port, path)).status, 200)
    for (const path of ['/metrics', '/nothing']) {
      const { status, headers, body } = await ask(port, path, { authorization: 'Bearer wrong' })
      assert.deepEqual([status, headers['www-authenticate']], [401, 'Bearer'])
      assert.equal(JSON.parse(body).error.code, 'TOKEN_REQUIRED')
      assert.doesNotMatch(body, /fake-token/)
    }
    assert.equal((await ask(port, '/metrics', { authorization: 'Bearer fake-token' })).status, 200)
  })

  it('asks the longest route that fits, and knows the methods of each', async () => {
    const name = (label: string) => ({
      GET: (_: unknown, response: Parameters<typeof sendJson>[0], url: URL) =>
        sendJson(response, 200, [label, url.search]),
    })
    const port = await started({
      routes: [
        { path: '/', open: true, methods: name('page') },
        { path: '/api/', methods: name('api') },
        { path: '/api/orders/', methods: { ...name('orders'), POST: (_, response) => sendJson(response, 201, {}) } },
      ],
    })
    assert.equal((await ask(port, '/')).body, '["page",""]')
    assert.equal((await ask(port, '/api/x?y=1')).body, '["api","?y=1"]')
    assert.equal((await ask(port, '/api/orders/GW1')).body, '["orders",""]')
    assert.equal((await ask(port, '/api/orders/', {}, 'POST')).status, 201)
    assert.equal((await ask(port, '/api/orders/', {}, 'PUT')).headers.allow, 'GET, HEAD, POST')
    assert.equal((await ask(port, '/other')).status, 404)
  })

  it('answers 500 without details when a handler fails, and goes on', async () => {
    const lines: string[] = []
    const port = await started({
      log: createLogger({ level: 'error', pretty: false }, { write: line => lines.push(line) }),
      routes: [
        {
          path: '/broken',
          methods: {
            GET() {
              throw new Error('inner detail')
            },
            POST: () => Promise.reject(new Error('inner detail')),
          },
        },
      ],
    })
    for (const method of ['GET', 'POST']) {
      const { status, body } = await ask(port, '/broken', {}, method)
      assert.equal(status, 500)
      assert.doesNotMatch(body, /inner detail/)
    }
    assert.equal(lines.filter(line => line.includes('inner detail')).length, 2)
    assert.equal((await ask(port, '/healthz')).status, 200)
  })

  it('answers a long URL with 414, one longer than any header may be with 431', async () => {
    const port = await started()
    assert.equal((await ask(port, `/healthz?${'x'.repeat(2_048 - 9)}`)).status, 200)
    assert.equal((await ask(port, `/healthz?${'x'.repeat(2_048 - 8)}`)).status, 414)
    assert.match(await raw(port, `GET /${'x'.repeat(20_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`), /^HTTP\/1\.1 431 /)
  })

  it('answers what is not HTTP, or HTTP for somebody else, with 400 or 403', async () => {
    const port = await started()
    assert.match(await raw(port, 'nonsense\r\n\r\n'), /^HTTP\/1\.1 400 /)
    assert.match(await raw(port, 'GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n'), /^HTTP\/1\.1 400 /)
    assert.match(await raw(port, 'GET /healthz HTTP/1.0\r\n\r\n'), /^HTTP\/1\.1 403 /)
    const proxied = 'GET http://localhost/healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'
    assert.match(await raw(port, proxied), /^HTTP\/1\.1 400 [\s\S]*URL_INVALID/)
    assert.equal((await ask(port, '/healthz')).status, 200)
  })

  it('says what to do when its address is taken', async () => {
    const port = await started()
    const second = new HttpServer({
      listen: { host: '127.0.0.1', port },
      readiness: () => [],
      metrics: createMetrics(),
      log: createLogger({ level: 'silent', pretty: false }),
    })
    await assert.rejects(second.start(), (error: unknown) => {
      assert.ok(error instanceof HttpListenError)
      assert.equal(error.code, 'HTTP_LISTEN_FAILED')
      assert.match(error.message, new RegExp(`http\\.listen 127\\.0\\.0\\.1:${port} is taken.*another port`))
      return true
    })
    assert.equal(second.address(), undefined)
    await second.stop()
  })

  it('cuts answers that do not end when it stops, and can start again', async () => {
    const server = new HttpServer({
      listen: { host: '127.0.0.1', port: 0 },
      readiness: () => [],
      metrics: createMetrics(),
      log: createLogger({ level: 'silent', pretty: false }),
      routes: [{ path: '/endless', methods: { GET: (_, response) => void response.write('x') } }],
    })
    running.add(server)
    await server.start()
    const asked = request({ host: '127.0.0.1', port: server.address()?.port, path: '/endless', agent: false })
    const closed = once(
      asked.on('error', () => {}),
      'close',
    )
    asked.end()
    const [response] = await once(asked, 'response')
    response.on('error', () => {}).resume()
    await server.stop()
    await closed
    assert.equal(server.address(), undefined)
    await server.start()
    assert.notEqual(server.address(), undefined)
  })
})
