import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { BoxShop, MACS } from '../support/box-shop.ts'

describe("VietQR's boxes in the registry", () => {
  let shop: BoxShop
  before(async () => {
    shop = await BoxShop.open()
  })
  after(() => shop[Symbol.asyncDispose]())

  const audited = async (): Promise<readonly string[]> =>
    (await shop.list('audit list')).map(({ action, subject, who }) => `${action} ${subject} by ${who}`)

  it('keeps who registered a box, and who took one away that nobody had activated', async () => {
    const waiting = { kind: 'vietqr-box', mac: MACS.screen, id: 'screen' } as const
    await shop.ask('devices pair box', waiting)
    await shop.ask('devices pair box', waiting)
    assert.equal((await audited()).length, 1)
    const removed = await shop.ask('devices remove', { id: 'screen' })
    assert.deepEqual(removed, { deviceId: 'screen', removed: true, deliveriesEnded: 0, ordersEnded: [] })
    const [last, first, ...more] = await audited()
    assert.match(last ?? '', /^devices remove screen by (?!vietqr-gateway)/)
    assert.match(first ?? '', /^devices pair screen by (?!vietqr-gateway)/)
    assert.deepEqual(more, [])
    await assert.rejects(shop.ask('devices remove', { id: 'screen' }), /there is no device screen/)
  })

  it('says of a box that waits for its merchant how to go on', async () => {
    await shop.ask('devices pair box', { kind: 'vietqr-box', mac: MACS.screen, id: 'screen' })
    for (const command of ['devices show', 'devices disable', 'devices test', 'devices rotate']) {
      await assert.rejects(
        shop.ask(command, { id: 'screen' }),
        new RegExp(`no merchant has activated it yet: "devices pair vietqr-box --mac ${MACS.screen}"`),
      )
    }
  })

  it('gives a box neither a login of its own nor another terminal', async () => {
    const { deviceId: id, terminalCode } = await shop.bind('vietqr-vending', MACS.vending)
    const account = { bankCode: 'MB', bankAccount: '9990000001', holder: 'NGUYEN VAN THU' }
    await shop.ask('terminals add', { code: 'QUAY01', ...account })
    await assert.rejects(shop.ask('devices rotate', { id }), /its login is that of all boxes/)
    await assert.rejects(shop.ask('devices move', { id, terminal: 'QUAY01' }), /its terminal comes from VietQR/)
    assert.equal((await shop.ask('devices show', { id })).terminalCode, terminalCode)
  })
})

it('is not ready while the Mosquitto of the shop is away, and says why', async () => {
  const mosquitto = { listen: undefined, mode: 'external', url: 'mqtt://127.0.0.1:1', username: 'gateway' }
  await using shop = await BoxShop.open({ broker: { ...mosquitto, passwordFile: './boxes' } })
  const { ready, reasons } = await shop.ask('status', {})
  assert.equal(ready, false)
  assert.match(String(reasons), /local broker down: .*127\.0\.0\.1:1/)
})
