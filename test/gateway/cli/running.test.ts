import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { EmbeddedHost } from '../host/support/embedded-host.ts'
import { readDrawnQr } from './qr-picture.ts'
import { ADD_TERMINAL, cli, gatewayIn, json, type Program, shop } from './support.ts'

/** One gateway for the file; its host takes everything and answers nothing. */
describe('with a running gateway', { concurrency: 3 }, () => {
  let host: EmbeddedHost
  let folder: string
  let gateway: Program
  before(async () => {
    host = await EmbeddedHost.open()
    folder = shop({ url: host.url })
    gateway = await gatewayIn(folder)
    await gateway.says(/the host link is up/)
    await json(folder, [...ADD_TERMINAL, '--name', 'Quầy số một'])
  })
  after(async () => {
    gateway.kill('SIGTERM')
    const { code, stdout } = await gateway.end()
    await host[Symbol.asyncDispose]()
    assert.deepEqual(
      { code, stdout },
      { code: 0, stdout: '' },
      'the gateway prints nothing on stdout and stops cleanly',
    )
  })

  it('the host is subscribed to a terminal that was added meanwhile', async () => {
    const { topics } = await new Promise<{ topics: string[] }>(resolve => {
      const seen: string[] = []
      host.broker.on('subscribe', subscriptions => {
        seen.push(...subscriptions.map(({ topic }) => topic))
        if (seen.some(topic => topic.includes('T2'))) resolve({ topics: seen })
      })
      void cli(folder, ['terminals', 'add', 'T2', ...ADD_TERMINAL.slice(3)])
    })
    assert.ok(topics.every(topic => !topic.includes('T1')))
  })

  it('status says how it is', async () => {
    const [status, text] = await Promise.all([json(folder, ['status']), cli(folder, ['status'])])
    assert.equal(status.site, 'thu-nghiem')
    assert.equal(status.host.state, 'up')
    assert.equal(status.ready, true)
    assert.match(text.stdout, /^site: thu-nghiem\nready: yes\nhost: mqtt:\/\/127\.0\.0\.1:\d+ \(sandbox\), up since /)
  })

  it('a second run on the same dataDir exits 1 and names the process', async () => {
    const { code, stdout, stderr } = await cli(folder, ['run'])
    assert.deepEqual({ code, stdout }, { code: 1, stdout: '' })
    assert.match(stderr, /is in use by process \d+/)
  })

  it('devices pair shows the credentials once, as text and as a QR code, for the real port', async () => {
    const { code, stdout } = await cli(folder, ['devices', 'pair', 'paybox', '--terminal', 'T1', '--id', 'hop-1'])
    assert.equal(code, 0)
    const uri = /^provisioningUri: (.*)$/m.exec(stdout)?.[1] ?? ''
    const password = /^password: (.*)$/m.exec(stdout)?.[1]
    assert.match(uri, new RegExp(`^mqtt://hop-1:${password}@127\\.0\\.0\\.1:[1-9]\\d*/gw/v1/hop-1$`))
    assert.equal(readDrawnQr(stdout), uri)
    assert.match(stdout, /shown once and cannot be shown again/)
    const { stdout: shown } = await cli(folder, ['devices', 'show', 'hop-1', '--json'])
    assert.ok(password !== undefined && !shown.includes(password))
  })

  it('lists are tables', async () => {
    const { stdout } = await cli(folder, ['terminals', 'list', '--limit', '0'])
    assert.match(stdout, /^TERMINAL +NAME +BANK +ACCOUNT +HOLDER +ADDED$/m)
    assert.match(stdout, /^T1 +Quầy số một +MB +0000111122 +NGUYEN VAN MAU +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/m)
  })

  it('an order that the host does not answer times out, exit 6', async () => {
    const args = ['orders', 'create', '--terminal', 'T1', '--amount', '25000']
    const { code, stdout, stderr } = await cli(folder, [...args, '--json'])
    assert.deepEqual({ code, stdout }, { code: 6, stdout: '' })
    assert.match(stderr, /HOST_SILENT/)
    const [order] = await json(folder, ['orders', 'list'])
    assert.equal(order.state, 'failed')
    const { stdout: shown } = await cli(folder, ['orders', 'show', order.orderId])
    assert.match(shown, /^amount: 25\.000 đ$/m)
    assert.match(shown, /^error: HOST_SILENT: /m)
  })

  it('what does not exist exits 5, what is refused says why', async () => {
    const ends = await Promise.all(
      [
        ['orders', 'create', '--terminal', 'T9', '--amount', '25000'],
        ['orders', 'cancel', 'ABC'],
        ['simulate', 'ABC'],
        ['terminals', 'remove', 'T9'],
      ].map(args => cli(folder, args)),
    )
    for (const { code, stderr } of ends) {
      assert.equal(code, 5)
      assert.match(stderr, /there is no /)
    }
  })

  it('simulate in production is refused before the gateway is asked, exit 7', async () => {
    const { writeFileSync } = await import('node:fs')
    const { join } = await import('node:path')
    const file = join(folder, 'production.yaml')
    writeFileSync(file, 'site: that\nhost: { url: "mqtts://127.0.0.1:1", environment: production }\n')
    const { code, stderr } = await cli(folder, ['--config', 'production.yaml', 'simulate', 'ABC'])
    assert.equal(code, 7)
    assert.match(stderr, /SANDBOX_ONLY/)
  })
})
