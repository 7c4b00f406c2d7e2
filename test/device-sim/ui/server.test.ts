import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { UiServer } from '../../../device-sim/ui/ui-server.ts'
import { openHost } from '../people/bank.ts'
import { ScriptedDevice } from './boxes.ts'
import { EventReader } from './event-reader.ts'

const HOSTILE = 'a\n\nevent: shop\ndata: {}\n\n</script><img src=x onerror=alert(1)>'

describe('the page of the simulator, by HTTP', () => {
  const vending = new ScriptedDevice('vending', 'vending-1')
  const soundbox = new ScriptedDevice('soundbox', 'soundbox-1')
  let bank: Awaited<ReturnType<typeof openHost>>
  let server: UiServer
  let page = ''
  let listenersBefore = 0

  before(async () => {
    bank = await openHost()
    listenersBefore = bank.host.events.listenerCount('issued')
    const till = { bankAccount: bank.account, terminalCode: 'T1' }
    server = new UiServer({ devices: [vending, soundbox], host: bank.host, till }, 0)
    page = await server.start()
  })
  after(async () => {
    await server.stop()
    await bank.host.stop()
  })

  function post(path: string, body: unknown, headers: Record<string, string> = {}) {
    return answered(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    })
  }

  async function answered(path: string, init: RequestInit = {}) {
    const response = await fetch(new URL(path, page), init)
    const text = await response.text()
    const answer = response.headers.get('content-type')?.startsWith('application/json') ? JSON.parse(text) : null
    return { status: response.status, code: answer?.error?.code, message: answer?.error?.message, answer }
  }

  it('serves the page, which may load nothing from anywhere else', async () => {
    const response = await fetch(page)
    assert.equal(response.headers.get('content-type'), 'text/html; charset=utf-8')
    const policy = response.headers.get('content-security-policy') ?? ''
    assert.match(policy, /default-src 'none'/)
    assert.doesNotMatch(policy, /unsafe|https?:|\*/)
    assert.match(await response.text(), /<html lang="vi">/)
  })

  it('serves every file of the page, with no address of another place in it', async () => {
    for (const file of readdirSync(join(import.meta.dirname, '../../../device-sim/ui/page'))) {
      const response = await fetch(new URL(file === 'index.html' ? '/' : `/${file}`, page))
      assert.equal(response.status, 200, file)
      const text = (await response.text()).replaceAll('http://www.w3.org/2000/svg', '')
      assert.doesNotMatch(
        text,
        /https?:|\/\/[a-z]+\.|url\(|innerHTML|outerHTML|insertAdjacentHTML|document\.write/,
        file,
      )
    }
  })

  it('tells a page how everything stands, then every effect, and what devices say to the gateway never', async () => {
    vending.does({ effect: 'dispense', orderId: 'O1', item: 'A1', amount: 10_000 })
    await using events = await EventReader.open(new URL('/events', page).href)
    const shop = await events.first('shop')
    assert.partialDeepStrictEqual(shop, {
      devices: [
        {
          deviceId: 'vending-1',
          kind: 'vending',
          online: true,
          released: 1,
          effects: [{ effect: 'dispense', item: 'A1' }],
        },
        { deviceId: 'soundbox-1', kind: 'soundbox', online: true, released: 0, effects: [] },
      ],
      codes: [{ qrCode: bank.qrCode, amount: 25_000 }],
    })
    vending.does({ effect: 'ack', id: 'X1', status: 'done' })
    soundbox.does({ effect: 'speak', kind: 'paid', text: 'Đã nhận mười nghìn đồng', language: 'vi' })
    assert.partialDeepStrictEqual(await events.first('effect'), {
      deviceId: 'soundbox-1',
      effect: 'speak',
      text: 'Đã nhận mười nghìn đồng',
    })
    soundbox.events.emit('gone')
    assert.deepEqual(await events.first('link'), { deviceId: 'soundbox-1', plugged: true, online: true })
  })

  it('draws a code as one path, and tells one that no code can hold without a picture', async () => {
    await using events = await EventReader.open(new URL('/events', page).href)
    const shown = {
      effect: 'screen',
      view: 'order',
      state: 'awaiting_payment',
      amount: 1,
      received: 0,
      content: 'A',
    } as const
    vending.does({ ...shown, orderId: 'O1', qrCode: bank.qrCode })
    vending.does({ ...shown, orderId: 'O2', qrCode: 'x'.repeat(5000) })
    const drawn = await events.first('effect', data => hasOrder(data, 'O1'))
    assert.ok(typeof drawn === 'object' && drawn !== null && 'picture' in drawn)
    assert.match(JSON.stringify(drawn.picture), /^\{"side":\d+,"path":"(M\d+ \d+h\d+v1h-\d+z)+"\}$/)
    const tooLong = await events.first('effect', data => hasOrder(data, 'O2'))
    assert.ok(typeof tooLong === 'object' && tooLong !== null && !('picture' in tooLong))
  })

  it('lets no text from outside end an event or start another', async () => {
    await using events = await EventReader.open(new URL('/events', page).href)
    soundbox.does({ effect: 'speak', kind: 'test', text: HOSTILE, language: 'vi' })
    const spoken = await events.first('effect')
    assert.ok(typeof spoken === 'object' && spoken !== null && 'text' in spoken)
    assert.equal(spoken.text, HOSTILE)
    assert.equal(events.events.filter(({ name }) => name === 'shop').length, 1)
  })

  it('keeps the last screen, however much was noticed since, and not everything', async () => {
    vending.does({ effect: 'screen', view: 'link', host: 'down' })
    for (let time = 0; time < 200; time += 1) vending.does({ effect: 'dispense', orderId: `V${time}`, amount: 1 })
    await using events = await EventReader.open(new URL('/events', page).href)
    const shop = await events.first('shop')
    assert.partialDeepStrictEqual(shop, { devices: [{ released: 201 }, {}] })
    const text = JSON.stringify(shop)
    assert.match(text, /"view":"link","host":"down"/)
    assert.match(text, /V199/)
    assert.doesNotMatch(text, /V100/)
  })

  it('presses keys and orders at the device that is named', async () => {
    assert.equal((await post('/devices/vending-1/keys', { line: 'cancel' })).status, 200)
    assert.deepEqual(vending.lines, ['cancel'])
    assert.equal((await post('/devices/vending-1/order', { amount: 10_000, item: 'A1' })).status, 200)
    assert.deepEqual(vending.orders, [{ amount: 10_000, item: 'A1' }])
  })

  it('pulls a plug and puts it back; without power nothing is pressed and the screen is dark', async () => {
    vending.does({ effect: 'screen', view: 'link', host: 'up' })
    await using events = await EventReader.open(new URL('/events', page).href)
    for (const on of [false, false]) assert.equal((await post('/devices/vending-1/power', { on })).status, 200)
    assert.deepEqual(await events.first('link'), { deviceId: 'vending-1', plugged: false, online: false })
    for (const [path, body] of [
      ['keys', { line: 'cancel' }],
      ['order', { amount: 1 }],
    ] as const) {
      const refused = await post(`/devices/vending-1/${path}`, body)
      assert.deepEqual({ status: refused.status, code: refused.code }, { status: 409, code: 'DEVICE_OFF' })
    }
    await using dark = await EventReader.open(new URL('/events', page).href)
    assert.doesNotMatch(JSON.stringify(await dark.first('shop')), /"effect":"screen"/)
    for (const on of [true, true]) assert.equal((await post('/devices/vending-1/power', { on })).status, 200)
    assert.deepEqual(vending.power, ['off', 'on'])
    assert.equal((await post('/devices/vending-1/power', { on: 'yes' })).code, 'INVALID_MESSAGE')
  })

  it('says what is wrong with what cannot be done', async () => {
    for (const [path, body, status, code] of [
      ['/devices/vending-1/keys', { line: 'nonsense' }, 400, 'KEY_UNKNOWN'],
      ['/devices/vending-1/keys', { line: '' }, 400, 'INVALID_MESSAGE'],
      ['/devices/vending-1/keys', { line: 'x'.repeat(201) }, 400, 'INVALID_MESSAGE'],
      ['/devices/vending-1/keys', [], 400, 'INVALID_MESSAGE'],
      ['/devices/vending-1/order', { amount: 0 }, 400, 'AMOUNT_INVALID'],
      ['/devices/vending-1/order', { amount: 1.5 }, 400, 'AMOUNT_INVALID'],
      ['/devices/vending-1/order', { amount: 1, __proto__: null, odd: 1 }, 400, 'INVALID_MESSAGE'],
      ['/devices/soundbox-1/order', { amount: 1 }, 404, 'NOT_FOUND'],
      ['/devices/nobody/keys', { line: 'cancel' }, 404, 'NOT_FOUND'],
      ['/pay', { qrCode: 'no code' }, 404, 'ORDER_UNKNOWN'],
      ['/pay-less', { qrCode: bank.qrCode, amount: 25_000 }, 400, 'AMOUNT_INVALID'],
      ['/pay-unmatched', { amount: -1 }, 400, 'AMOUNT_INVALID'],
      ['/pay-unmatched', { amount: 1, content: 'x'.repeat(1_100_000) }, 413, 'TOO_LARGE'],
    ] as const) {
      const refused = await post(path, body)
      assert.deepEqual({ path, status: refused.status, code: refused.code }, { path, status, code })
      assert.ok(refused.message.length > 10)
    }
    assert.equal((await post('/devices/vending-1/keys', { line: 'x'.repeat(200) })).status, 200)
    assert.equal((await answered('/pay')).code, 'METHOD_NOT_ALLOWED')
    assert.equal((await answered('/', { method: 'POST' })).code, 'METHOD_NOT_ALLOWED')
    assert.equal((await answered('/%2e%2e/%2e%2e/package.json')).code, 'NOT_FOUND')
    assert.equal((await answered('/pay', { method: 'POST', body: '{}' })).code, 'NOT_JSON')
  })

  it('is no way for pages of other places, nor for names that only resolve to this machine', async () => {
    for (const origin of ['https://shop.example', 'http://127.0.0.1:1', 'null']) {
      const refused = await post('/pay', { qrCode: bank.qrCode }, { origin })
      assert.deepEqual({ status: refused.status, code: refused.code }, { status: 403, code: 'ORIGIN_NOT_ALLOWED' })
    }
    for (const path of ['/', '/events', '/page.js']) assert.equal(await statusAs('shop.example', path), 403)
    assert.equal(await statusAs('localhost', '/'), 200)
    const own = new URL(page).origin
    assert.equal((await post('/devices/vending-1/keys', { line: 'cancel' }, { origin: own })).status, 200)
  })

  it('pays less, in full, twice, and without an order; what is paid is offered no longer', async () => {
    await using events = await EventReader.open(new URL('/events', page).href)
    const paid: (number | null)[] = []
    bank.host.events.on('paid', ({ amount }) => paid.push(amount))
    const { qrCode } = bank
    assert.partialDeepStrictEqual((await post('/pay-less', { qrCode, amount: 24_999 })).answer, { amount: 24_999 })
    assert.equal((await post('/pay-twice', { qrCode })).answer.length, 2)
    assert.partialDeepStrictEqual((await post('/pay', { qrCode })).answer, { amount: 25_000 })
    const loose = await post('/pay-unmatched', { amount: 7_000, content: 'cam on' })
    assert.partialDeepStrictEqual(loose.answer, { amount: 7_000, matched: false })
    assert.deepEqual(paid, [24_999, 25_000, 25_000, 25_000, 7_000])
    await events.first('codes', codes => Array.isArray(codes) && codes.length === 0)
  })

  it('says so when another program has its port', async () => {
    const till = { bankAccount: bank.account, terminalCode: 'T1' }
    const second = new UiServer({ devices: [], host: bank.host, till }, Number(new URL(page).port))
    await assert.rejects(second.start(), /port \d+ of 127\.0\.0\.1 cannot be opened: .* choose another with --port/)
  })

  it('takes 32 pages at once; with the server all end, and it leaves nothing behind', async () => {
    const readers = await Promise.all(Array.from({ length: 32 }, () => EventReader.open(new URL('/events', page).href)))
    assert.equal((await answered('/events')).code, 'TOO_MANY_PAGES')
    await server.stop()
    await Promise.all(readers.map(reader => reader.untilEnded()))
    assert.equal(vending.events.listenerCount('effect'), 0)
    assert.equal(bank.host.events.listenerCount('issued'), listenersBefore)
  })

  /** What is answered to a Host header that fetch would not send. */
  function statusAs(name: string, path: string): Promise<number | undefined> {
    const { port } = new URL(page)
    const { promise, resolve, reject } = Promise.withResolvers<number | undefined>()
    request({ host: '127.0.0.1', port, path, headers: { host: `${name}:${port}` } }, response => {
      resolve(response.statusCode)
      response.destroy()
    })
      .on('error', reject)
      .end()
    return promise
  }
})

function hasOrder(data: unknown, orderId: string): boolean {
  return typeof data === 'object' && data !== null && 'orderId' in data && data.orderId === orderId
}
