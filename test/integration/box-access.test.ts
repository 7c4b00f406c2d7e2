import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, before, describe, it } from 'node:test'
import { CommandFailure } from '../../gateway/control/failure.ts'
import { handleBoxCheckSum } from '../../protocol/vietqr/checksums.ts'
import { BoxClient } from '../support/box-client.ts'
import { BOX_KEY, BoxShop, LOGIN, MACS } from '../support/box-shop.ts'

const ANSWER = '/vqr/handle-box/response/'

describe('the login of the boxes', () => {
  let shop: BoxShop
  let code: string
  let other: string
  before(async () => {
    shop = await BoxShop.open()
    code = String((await shop.bind('vietqr-vending', MACS.vending)).terminalCode)
    other = String((await shop.bind('vietqr-box', MACS.screen)).terminalCode)
  })
  after(() => shop[Symbol.asyncDispose]())

  const refusal = (clientId: string, more = {}): Promise<unknown> =>
    BoxClient.connect(shop.boxesUrl, clientId, more).then(
      () => null,
      (error: unknown) => (error instanceof Error && 'code' in error ? error.code : error),
    )

  it('lets in nobody with another password, without a MAC, or with a will; and no device of the gateway’s own kind', async () => {
    const box = `esp32${MACS.vending}`
    assert.equal(await refusal(box, { password: 'wrong' }), 4)
    assert.equal(await refusal(box, { username: 'other' }), 4)
    for (const id of ['', 'esp32', 'box-1', `gateway-${MACS.vending}`]) assert.equal(await refusal(id), 2)
    const will = {
      topic: `vietqr/bdsd/${code}`,
      payload: Buffer.from('{"amount":500000}'),
      qos: 1,
      retain: true,
    } as const
    assert.equal(await refusal(box, { will }), 5)
    await shop.ask('terminals add', {
      code: 'QUAY01',
      bankCode: 'MB',
      bankAccount: '1234567890',
      holder: 'NGUYEN VAN A',
    })
    const native = await shop.ask('devices pair', { kind: 'pos', terminal: 'QUAY01', id: 'pos-1' })
    assert.equal(await refusal('pos-1', { username: 'pos-1', password: String(native.password) }), 4)
  })

  it('opens the own pairing topics of any MAC, and answers none that is not registered', async () => {
    await using stranger = await BoxClient.connect(shop.boxesUrl, `esp32${MACS.stranger}`)
    assert.equal(await stranger.subscribe(`${ANSWER}${MACS.stranger}`), 1)
    for (const filter of ['#', '+/#', `${ANSWER}+`, `${ANSWER}${MACS.vending}`, `vietqr/bdsd/${code}`, '$SYS/#']) {
      assert.equal(await stranger.subscribe(filter), 128, filter)
    }
    await stranger.asks(MACS.stranger)
    await stranger.say(`vietqr/request/${code}`, '{}')
    await stranger.closed()
    assert.deepEqual(stranger.heard, [])
  })

  it('holds a box to the MAC in its client id, and to its own topics', async () => {
    await using box = await BoxClient.connect(shop.boxesUrl, `esp32-client-${MACS.vending}`)
    await box.subscribe(`${ANSWER}${MACS.vending}`)
    await box.asks(MACS.screen)
    await box.asks(MACS.vending, handleBoxCheckSum(MACS.vending, `${BOX_KEY}x`))
    await box.say('/vqr/handle-box', 'no JSON', false)
    assert.deepEqual(box.heard, [])
    for (const path of ['response', 'response-status', 'bdsd']) {
      assert.equal(await box.subscribe(`vietqr/${path}/${code}`), 1)
      for (const filter of [
        `vietqr/${path}/${other}`,
        `vietqr/${path}/+`,
        `vietqr/${path}/#`,
        `vietqr/${path}/${code}/#`,
      ]) {
        assert.equal(await box.subscribe(filter), 128, filter)
      }
    }
    assert.equal(await box.subscribe(`vietqr/request/${code}`), 128)
    await box.asks(MACS.vending)
    await box.hears(`${ANSWER}${MACS.vending}`)
    await box.say(`vietqr/bdsd/${code}`, { amount: 500_000 })
    await box.closed()
    assert.equal(box.heard.length, 1)
  })

  it('a box that is removed is cut off, and no more than a stranger from then on', async () => {
    await using box = await BoxClient.connect(shop.boxesUrl, `esp32${MACS.screen}`)
    await shop.ask('devices remove', { id: 'box-aabbccddee02' })
    await box.closed()
    await using again = await BoxClient.connect(shop.boxesUrl, `esp32${MACS.screen}`)
    await again.subscribe(`${ANSWER}${MACS.screen}`)
    await again.asks(MACS.screen)
    assert.equal(await again.subscribe(`vietqr/bdsd/${other}`), 128)
    assert.deepEqual(again.heard, [])
    assert.equal(
      shop.lines.some(line => line.includes(LOGIN.password) || line.includes(BOX_KEY)),
      false,
    )
  })
})

describe('onboarding that is interrupted', () => {
  it('goes on where it stood, after silence and after a stop at each step', async () => {
    await using shop = await BoxShop.open()
    const pair = () => shop.ask('devices pair box', { kind: 'vietqr-vending', mac: MACS.vending })
    shop.host.faults.change({ unanswered: 1 })
    await assert.rejects(pair(), (error: unknown) => error instanceof CommandFailure && error.exitCode === 6)
    shop.host.faults.change({ unanswered: 0, boxTopic: 'no-colons' })
    // Registered: the new process asks again by itself.
    await shop.restart()
    const named = await waitFor(shop, async () => {
      const [box] = shop.host.boxes.all()
      return box !== undefined && (await pair()).qrCertificate !== undefined ? box : null
    })
    // Known: a new process listens for the merchant.
    await shop.restart()
    const bound = await shop.bind('vietqr-vending', MACS.vending)
    assert.deepEqual(bound, {
      deviceId: 'box-aabbccddee01',
      kind: 'vietqr-vending',
      mac: MACS.vending,
      terminalCode: named.boxCode,
      bound: true,
    })
    await assert.rejects(
      shop.ask('devices pair box', { kind: 'vietqr-box', mac: MACS.vending }),
      /registered as a vietqr-vending: remove box-aabbccddee01 first/,
    )
    await assert.rejects(shop.ask('devices pair box', { kind: 'vietqr-box', mac: 'nonsense' }), /AA:BB:CC:DD:EE:FF/)
  })

  it('needs the key that VietQR issues, and says so', async () => {
    await using shop = await BoxShop.open({ host: { boxKeyFile: null } })
    const refused = shop.ask('devices pair box', { kind: 'vietqr-box', mac: MACS.screen })
    await assert.rejects(refused, (error: unknown) => {
      assert.ok(error instanceof CommandFailure)
      assert.match(error.message, /host\.boxKeyFile: is missing; .*VIETQR_BOX_KEY/)
      return error.exitCode === 3
    })
  })
})

describe('boxes at the listener of the devices', () => {
  it('share the first mqtt:// listener where they have none of their own', async () => {
    await using shop = await BoxShop.open({
      broker: { vietqrBoxes: { username: LOGIN.username, passwordFile: './boxes' } },
    })
    await shop.bind('vietqr-vending', MACS.vending)
    const [address] = shop.gateway.gateway.brokerAddresses
    await using box = await BoxClient.connect(`mqtt://127.0.0.1:${address?.port}`, `esp32${MACS.vending}`)
    await box.subscribe(`${ANSWER}${MACS.vending}`)
    await box.asks(MACS.vending)
    assert.match(await box.hears(`${ANSWER}${MACS.vending}`), /"boxId":/)
  })
})

/** Looks now and after each line of the gateway's log. */
async function waitFor<T>(shop: BoxShop, look: () => Promise<T | null>): Promise<T> {
  for (;;) {
    const found = await look()
    if (found !== null) return found
    await once(shop.news, 'line', { signal: AbortSignal.timeout(5000) })
  }
}
