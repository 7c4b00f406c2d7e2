import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { connectAsync } from 'mqtt'
import { EmbeddedHost } from '../host/support/embedded-host.ts'
import { Box } from './boxes.ts'
import { readDrawnQr } from './qr-picture.ts'
import { ADD_TERMINAL, cli, gatewayIn, json, Program, shop } from './support.ts'

describe('devices of a running gateway', { concurrency: 2 }, () => {
  let host: EmbeddedHost
  let folder: string
  let gateway: Program
  before(async () => {
    host = await EmbeddedHost.open()
    folder = shop({ url: host.url })
    await json(folder, ADD_TERMINAL)
    await json(folder, [...ADD_TERMINAL.slice(0, 2), 'T2', ...ADD_TERMINAL.slice(3)])
    gateway = await gatewayIn(folder)
    await gateway.says(/the host link is up/)
  })
  after(async () => {
    gateway.kill('SIGTERM')
    await gateway.end()
    await host[Symbol.asyncDispose]()
  })

  const pair = (kind: string, id: string) =>
    json(folder, [
      'devices',
      'pair',
      kind,
      '--terminal',
      'T1',
      '--id',
      id,
      ...(kind === 'countercall' ? ['--counter', '3'] : []),
    ])

  it('a test makes each kind do what it does, and says what it answered', async () => {
    for (const [kind, effect] of [
      ['soundbox', { effect: 'speak', text: 'Loa hoạt động tốt' }],
      ['countercall', { effect: 'call', ticket: 'TEST' }],
      ['paybox', { effect: 'screen', state: 'cancelled' }],
      ['vending', null],
      ['pos', null],
    ] as const) {
      const id = `thu-${kind}`
      await using box = await new Box(await pair(kind, id)).online()
      const answer = await json(folder, ['devices', 'test', id])
      assert.deepEqual({ ...answer, ms: 0 }, { deviceId: id, kind, answer: 'done', ms: 0 })
      if (effect === null) continue
      const done: object[] = box.effects.filter(known => known.effect === effect.effect)
      assert.deepEqual({ ...done.at(-1), ...effect }, done.at(-1))
      assert.ok(!JSON.stringify(box.effects).includes('"paid"'))
    }
  })

  it('a test of a device that is away exits 6 at once, of none exits 5', async () => {
    await pair('soundbox', 'loa-xa')
    const [away, none] = await Promise.all(['loa-xa', 'khong-co'].map(id => cli(folder, ['devices', 'test', id])))
    assert.equal(away?.code, 6)
    assert.match(away?.stderr ?? '', /is not connected/)
    assert.equal(none?.code, 5)
  })

  it('rotate: the connection of the old credentials ends and they are worth nothing; the new ones do', async () => {
    const old = await pair('soundbox', 'loa-doi')
    await using box = await new Box(old).online()
    const { code, stdout } = await cli(folder, ['devices', 'rotate', 'loa-doi'])
    assert.equal(code, 0)
    await box.until(() => box.departures >= 1, 'it loses its connection', 1000)
    await box.until(() => box.problems >= 1, 'it is refused')
    assert.equal(box.arrivals, 1)
    const password = /^password: (.*)$/m.exec(stdout)?.[1] ?? ''
    assert.notEqual(password, old.password)
    assert.equal(readDrawnQr(stdout), /^provisioningUri: (.*)$/m.exec(stdout)?.[1])
    await using again = await new Box({ ...old, password }).online()
    assert.equal(again.problems, 0)
  })

  for (const [what, args, comesBack] of [
    ['disabled', ['devices', 'disable'], false],
    ['removed', ['devices', 'remove'], false],
    ['moved', ['devices', 'move', '--terminal', 'T2'], true],
  ] as const) {
    it(`a device that is ${what} loses its connection within a second`, async () => {
      const id = `loa-${what}`
      await using box = await new Box(await pair('soundbox', id)).online()
      await json(folder, [...args, id])
      await box.until(() => box.departures >= 1, 'it loses its connection', 1000)
      await box.until(() => (comesBack ? box.arrivals === 2 : box.problems >= 1), 'it tries again')
      if (!comesBack) assert.equal(box.arrivals, 1)
      if (what !== 'disabled') return
      const shown = await cli(folder, ['devices', 'show', id])
      assert.match(shown.stdout, /^enabled: no$/m)
      assert.equal((await cli(folder, ['devices', 'test', id])).code, 1)
      await json(folder, ['devices', 'enable', id])
      await box.until(() => box.arrivals === 2, 'it comes back with the credentials it had')
    })
  }

  it('show and list say what is seen of a device; its own word that it is away counts nothing', async () => {
    const login = await pair('soundbox', 'loa-nhin')
    await using box = await new Box(login).online()
    await json(folder, ['devices', 'test', 'loa-nhin'])
    const second = await connectAsync(login.urls[0], {
      username: 'loa-nhin',
      password: login.password,
      clientId: 'loa-nhin.2',
    })
    const farewell = JSON.stringify({ online: false, battery: 40, rssi: -60, firmware: '9.9' })
    await second.publishAsync(`${login.root}/up/status`, farewell, { qos: 1, retain: true })
    await second.endAsync()
    const [shown, list, table] = await Promise.all([
      json(folder, ['devices', 'show', 'loa-nhin']),
      json(folder, ['devices', 'list', '--limit', '0']),
      cli(folder, ['devices', 'list']),
    ])
    assert.deepEqual(
      [shown.online, shown.battery, shown.rssi, shown.firmware, shown.lastEffect, shown.trouble],
      [true, 40, -60, '9.9', 'announce', null],
    )
    assert.ok(Date.parse(shown.since) <= Date.parse(shown.lastEffectAt))
    const row = list.find(({ deviceId }: { deviceId: string }) => deviceId === 'loa-nhin')
    assert.deepEqual(Object.keys(row), [
      ...['deviceId', 'kind', 'name', 'terminalCode', 'counter', 'enabled', 'online', 'lastSeenAt', 'firmware'],
      ...['battery', 'rssi'],
    ])
    assert.match(table.stdout, /^loa-nhin .* yes .* 40% +-60 dBm +9\.9 +announce \d{4}-/m)
    assert.equal(box.departures, 0)
  })

  it('rename and move are seen in the list and in the audit trail, as of the running gateway', async () => {
    await pair('soundbox', 'loa-ten')
    await json(folder, ['devices', 'rename', 'loa-ten', 'Loa ngoài hiên'])
    const moved = await json(folder, ['devices', 'move', 'loa-ten', '--terminal', 'T2', '--counter', '9'])
    assert.deepEqual([moved.name, moved.terminalCode, moved.counter], ['Loa ngoài hiên', 'T2', '9'])
    const trail = await json(folder, ['audit', 'list', '--limit', '0'])
    const about = trail.filter(({ subject }: { subject: string }) => subject === 'loa-ten')
    assert.deepEqual(
      about.map(({ action, via }: { action: string; via: string }) => [action, via]),
      [
        ['devices move', 'gateway'],
        ['devices rename', 'gateway'],
        ['devices pair', 'gateway'],
      ],
    )
    assert.equal((await json(folder, ['audit', 'verify'])).ok, true)
    const wrong = await cli(folder, ['devices', 'rename', 'loa-ten', 'x'.repeat(101)])
    assert.equal(wrong.code, 2)
    assert.match(wrong.stderr, /name: has more than 100 characters/)
  })

  it('pair --wait shows the credentials at once, says what it waits for, and ends when the device has passed its test', async () => {
    const args = ['devices', 'pair', 'soundbox', '--terminal', 'T1', '--id', 'loa-cho', '--wait', '60s', '--json']
    const pairing = new Program(folder, args)
    await pairing.says(/waiting for the device to connect/)
    await pairing.shows(/\n$/)
    await using box = await new Box(JSON.parse(pairing.stdout)).online()
    const { code, stdout, stderr } = await pairing.end()
    assert.equal(code, 0)
    assert.equal(JSON.parse(stdout).deviceId, 'loa-cho')
    assert.match(stderr, /connected, waiting for its answer to the test\n.*has passed its test\n$/s)
    assert.ok(box.effects.some(({ effect }) => effect === 'speak'))
  })

  it('pair --wait exits 6 when nothing comes; the device stays paired', async () => {
    const args = ['devices', 'pair', 'soundbox', '--terminal', 'T1', '--id', 'loa-vang', '--wait', '1s']
    const { code, stdout, stderr } = await cli(folder, args)
    assert.equal(code, 6)
    assert.match(stdout, /^password: /m)
    assert.match(stderr, /has not connected within 1 s. It stays paired/)
    assert.equal((await json(folder, ['devices', 'show', 'loa-vang'])).enabled, true)
  })
})

describe('devices while no gateway runs', { concurrency: 2 }, () => {
  it('the registry changes; what needs the device exits 4 and registers nothing', async () => {
    const folder = shop()
    await json(folder, ADD_TERMINAL)
    const old = await json(folder, ['devices', 'pair', 'paybox', '--terminal', 'T1', '--id', 'hop-1'])
    const fresh = await json(folder, ['devices', 'rotate', 'hop-1'])
    assert.deepEqual(Object.keys(fresh), Object.keys(old))
    assert.notEqual(fresh.password, old.password)
    assert.equal((await json(folder, ['devices', 'disable', 'hop-1'])).enabled, false)
    assert.equal((await json(folder, ['devices', 'disable', 'hop-1'])).changed, false)
    assert.equal((await json(folder, ['devices', 'enable', 'hop-1'])).enabled, true)
    const ends = await Promise.all([
      cli(folder, ['devices', 'test', 'hop-1']),
      cli(folder, ['devices', 'pair', 'paybox', '--terminal', 'T1', '--id', 'hop-2', '--wait', '1s']),
      cli(folder, ['devices', 'rotate', 'hop-9']),
    ])
    assert.deepEqual(
      ends.map(({ code }) => code),
      [4, 4, 5],
    )
    assert.equal((await json(folder, ['devices', 'list'])).length, 1)
  })
})
