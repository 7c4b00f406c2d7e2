import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { ADD_TERMINAL, cli, gatewayIn, json, Program, shop } from './support.ts'

describe('run', { concurrency: 3 }, () => {
  it('starts without its host, serves HTTP, and ends with 0 at SIGINT', async () => {
    const folder = shop()
    const gateway = await gatewayIn(folder)
    const [, http] = await gateway.says(/"http":"(127\.0\.0\.1:\d+)"/)
    assert.equal((await fetch(`http://${http}/healthz`)).status, 200)
    assert.equal((await fetch(`http://${http}/readyz`)).status, 503)
    gateway.kill('SIGINT')
    const { code, stdout, stderr } = await gateway.end()
    assert.deepEqual({ code, stdout }, { code: 0, stdout: '' })
    assert.match(stderr, /"signal":"SIGINT"/)
  })

  it('takes over what a killed gateway left: lock, socket and database', async () => {
    const folder = shop()
    const killed = await gatewayIn(folder, ['--json'])
    await json(folder, ADD_TERMINAL)
    killed.kill('SIGKILL')
    await killed.end()
    assert.equal((await json(folder, ['terminals', 'list'])).length, 1, 'a command works on the ledger itself')
    const gateway = await gatewayIn(folder)
    assert.equal((await json(folder, ['status'])).terminals, 1)
    gateway.kill('SIGTERM')
    const { code, stdout } = await gateway.end()
    assert.deepEqual({ code, stdout }, { code: 0, stdout: '' })
  })

  it('an address that is taken ends it with 1', async () => {
    const server = createServer()
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const folder = shop()
    const config = (broker: number, http: number): string =>
      `site: a\nhost: { url: "mqtts://127.0.0.1:1" }\nbroker: { listen: ["mqtt://127.0.0.1:${broker}"] }\nhttp: { listen: "127.0.0.1:${http}" }\n`
    writeFileSync(join(folder, 'broker.yaml'), config(port, 0))
    writeFileSync(join(folder, 'http.yaml'), `dataDir: ./other\n${config(0, port)}`)
    const ends = await Promise.all([
      cli(folder, ['run', '--config', 'broker.yaml']),
      cli(folder, ['run', '--config', 'http.yaml']),
    ])
    server.close()
    for (const { code, stderr } of ends) {
      assert.equal(code, 1)
      assert.match(stderr, /^vietqr-gateway: .*another program[^\n]*\n$/m)
    }
  })

  it('--quiet leaves the log without what is as it should be', async () => {
    const folder = shop()
    const gateway = new Program(folder, ['--quiet', 'run'])
    await gateway.says(/the host link is down/)
    gateway.kill('SIGTERM')
    const { code, stderr } = await gateway.end()
    assert.equal(code, 0)
    assert.doesNotMatch(stderr, /the gateway runs|the gateway stops/)
  })

  it('a failure nobody foresaw is logged and ends it with 1', async () => {
    const folder = shop()
    const defect = `process.on('SIGUSR2', () => { throw new Error('a defect') })`
    const gateway = new Program(folder, ['run'], {
      NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(defect)}`,
    })
    await gateway.says(/the gateway runs/)
    gateway.kill('SIGUSR2')
    const { code, stdout, stderr } = await gateway.end()
    assert.deepEqual({ code, stdout }, { code: 1, stdout: '' })
    const last: { level: number; msg: string } = JSON.parse(stderr.trimEnd().split('\n').at(-1) ?? '')
    assert.deepEqual([last.level, last.msg], [60, 'the gateway failed and ends'])
  })

  it('a dataDir too deep for a socket is said in words', async () => {
    const folder = shop({ more: `dataDir: ./${'sau/'.repeat(30)}` })
    const { code, stderr } = await cli(folder, ['run'])
    assert.equal(code, 3)
    assert.match(stderr, /dataDir: is \d+ bytes long as a path from the root; .*so choose a shorter folder$/m)
  })
})
