import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { documented } from '../protocol/samples/vietqr.ts'
import { makeAuthority } from '../support/certificates.ts'
import { needsMosquitto } from '../support/needs.ts'
import { balanceChange, type Fields, paidRow, qrAnswer } from './host-messages.ts'
import { checkSum } from './scripted-host.ts'
import { ACCOUNT, type BrokerMode, HOLDER, type Listener, TERMINAL, World } from './world.ts'

for (const mode of ['embedded', 'external'] as const) {
  describe(`a shop on real brokers, its own ${mode}`, { skip: needsMosquitto() }, () => aShop(mode))
}

function aShop(mode: BrokerMode): void {
  let world: World
  const passwords = new Map<string, string>()
  const devices = new Map<string, Listener>()
  /** What the host has stored as paid, by order id: what a lookup shows. */
  const stored = new Map<unknown, Fields[]>()

  function device(id: string): Listener {
    return devices.get(id) ?? assert.fail(`no device ${id}`)
  }

  async function order(id: string, message: Fields): Promise<string> {
    await world.say(id, passwords.get(id) ?? '', 'up/order', message)
    const told = await device(id).heard(
      'down/order',
      said => said.requestId === message.requestId && said.state !== 'requested',
    )
    return String(told.orderId)
  }

  /** Money arrives: the host stores it and says so. */
  async function pay(orderId: string | null, fields: Fields = {}): Promise<Fields> {
    const text = balanceChange({ ...(orderId === null ? {} : { orderId }), ...fields })
    const change: Fields = JSON.parse(text)
    if (orderId !== null) stored.set(orderId, [...(stored.get(orderId) ?? []), paidRow(orderId, change)])
    await world.host.tellBalanceChange(TERMINAL, text)
    return change
  }

  before(async () => {
    world = await World.create({}, '', mode)
    world.host.answerRequest = request => qrAnswer(request)
    world.host.answerLookup = lookup => {
      if (lookup.checkSum !== checkSum(ACCOUNT, HOLDER)) return '{"status":"FAILED","message":"E39"}'
      return JSON.stringify(stored.get(lookup.value) ?? [])
    }
    const account = ['--bank-code', 'MB', '--bank-account', ACCOUNT, '--holder', HOLDER]
    await world.command('terminals', 'add', TERMINAL, ...account)
    await world.start()
    for (const [kind, id, ...more] of [
      ['paybox', 'paybox-1'],
      ['soundbox', 'sound-1'],
      ['countercall', 'call-1', '--counter', '1'],
      ['vending', 'vending-1'],
      ['pos', 'pos-1'],
    ] as const) {
      const password = await world.pair(kind, id, ...more)
      passwords.set(id, password)
      devices.set(id, await world.listen(id, password))
    }
  })

  after(() => world[Symbol.asyncDispose]())

  it('is ready, with every host subscription acknowledged', async () => {
    assert.deepEqual(JSON.parse((await world.http('/readyz')).text), { ready: true, reasons: [] })
    assert.match((await world.http('/metrics')).text, /^vietqr_host_connected 1$/m)
  })

  it('order, QR, payment, and all five kinds do what they should', async () => {
    const message = { requestId: 'walk-1', amount: 25_000, content: 'Cà phê', item: 'A1', ticket: 15, counter: '1' }
    const orderId = await order('vending-1', message)
    assert.deepEqual(world.host.requests.at(-1), {
      amount: 25_000,
      content: 'Caphe',
      bankAccount: ACCOUNT,
      bankCode: 'MB',
      userBankName: HOLDER,
      transType: 'C',
      orderId,
      terminalCode: TERMINAL,
      additionalData: [{ additionalData1: orderId }],
    })
    const shown = await device('paybox-1').heard('down/order', said => said.orderId === orderId)
    assert.equal(shown.state, 'awaiting_payment')
    assert.equal(shown.content, 'VQR0123456789 Caphe')
    assert.match(String(shown.qrCode), /^000201/)

    await pay(orderId)
    const said = await device('sound-1').heard('down/announce', () => true)
    assert.deepEqual([said.kind, said.text], ['paid', 'Đã nhận hai mươi lăm nghìn đồng'])
    const vend = await device('vending-1').heard('down/vend', () => true)
    assert.deepEqual([vend.orderId, vend.item, vend.amount], [orderId, 'A1', 25_000])
    const call = await device('call-1').heard('down/call', () => true)
    assert.deepEqual([call.ticket, call.text], ['15', 'Mời khách số 15 đến quầy số 1'])
    const seen = await device('pos-1').heard('down/payment', () => true)
    assert.deepEqual([seen.orderId, seen.match, seen.amount, seen.expected], [orderId, 'exact', 25_000, 25_000])
    await device('paybox-1').heard('down/order', told => told.orderId === orderId && told.state === 'paid')

    assert.deepEqual(await world.list('orders', 'list', '--attention'), [])
    await world.say('vending-1', passwords.get('vending-1') ?? '', 'up/result', { orderId, result: 'ok' })
    const { fulfilment, state, received } = await world.command('orders', 'show', orderId)
    assert.deepEqual([state, fulfilment, received], ['paid', 'done', 25_000])
  })

  it('a ticket is called again by key, once for each press, and refusals are answered', async () => {
    const password = passwords.get('call-1') ?? ''
    const recall = { id: 'key-1', event: 'recall', ticket: 15 }
    for (const _ of [1, 2]) await world.say('call-1', password, 'up/event', recall)
    const again = await device('call-1').heard('down/call', ({ callNumber }) => callNumber === 2)
    assert.deepEqual([again.ticket, again.counter], ['15', '1'])
    await world.say('call-1', password, 'up/event', { id: 'key-2', event: 'next' })
    const refused = await device('call-1').heard('down/error', ({ requestId }) => requestId === 'key-2')
    assert.equal(refused.code, 'ORDER_UNKNOWN')
    assert.equal(device('call-1').on('down/call').length, 2)
    await world.say('call-1', password, 'up/event', { id: 'key-3', event: 'dance' })
    const unread = await device('call-1').heard('down/error', ({ requestId }) => requestId === 'key-3')
    assert.equal(unread.code, 'INVALID_MESSAGE')
    await world.say('sound-1', passwords.get('sound-1') ?? '', 'up/event', { id: 'key-4', event: 'next' })
    const denied = await device('sound-1').heard('down/error', ({ requestId }) => requestId === 'key-4')
    assert.equal(denied.code, 'NOT_ALLOWED')
  })

  it('a machine that is out of service has no code on any screen, and gets none', async () => {
    const password = passwords.get('vending-1') ?? ''
    const orderId = await order('vending-1', { requestId: 'stock-1', amount: 9_000 })
    await world.say('vending-1', password, 'up/status', { online: true, outOfService: true })
    for (const screen of ['vending-1', 'paybox-1']) {
      await device(screen).heard('down/order', said => said.orderId === orderId && said.state === 'cancelled')
    }
    await world.say('vending-1', password, 'up/status', { online: true })
    await world.say('vending-1', password, 'up/order', { requestId: 'stock-2', amount: 9_000 })
    const refused = await device('vending-1').heard('down/order', said => said.requestId === 'stock-2')
    assert.deepEqual([refused.state, refused.orderId], ['failed', ''])
    assert.match(JSON.stringify(refused.error), /"code":"NOT_ALLOWED".*out of service/)
    await world.say('vending-1', password, 'up/status', { online: true, outOfService: false })
    await order('vending-1', { requestId: 'stock-3', amount: 9_000 })
    const told = await device('vending-1').heard('down/order', said => said.requestId === 'stock-3')
    assert.equal(told.state, 'awaiting_payment')
    await world.command('orders', 'cancel', String(told.orderId))
  })

  it('what is set for a device is told to it at once and at its return, and it is spoken to in its language', async () => {
    await world.command('devices', 'set', 'sound-1', '--volume', '35', '--language', 'en')
    const set = await device('sound-1').heard('down/config', ({ volume }) => volume === 35)
    assert.deepEqual([set.language, 'brightness' in set], ['en', false])
    await pay(null, { amount: 6_000 })
    const said = await device('sound-1').heard('down/announce', ({ amount }) => amount === 6_000)
    assert.deepEqual([said.language, said.text], ['en', 'Received six thousand dong'])
    await world.command('devices', 'set', 'sound-1', '--language', 'vi')
    const again = await world.listen('sound-1', passwords.get('sound-1') ?? '')
    const told = await again.heard('down/config', ({ language }) => language === 'vi')
    assert.equal(told.volume, 35)
    devices.set('sound-1', again)
    await assert.rejects(world.command('devices', 'set', 'sound-1', '--volume', '101'), { code: 2 })
    await assert.rejects(world.command('devices', 'set', 'sound-1'), { code: 2 })
    await assert.rejects(world.command('devices', 'set', 'nobody', '--volume', '1'), { code: 5 })
  })

  it('the same balance change again has no second effect, also after a restart', async () => {
    const orderId = await order('vending-1', { requestId: 'twice-1', amount: 30_000 })
    const change = await pay(orderId, { amount: 30_000 })
    await device('vending-1').heard('down/vend', said => said.orderId === orderId)
    const payments = await world.list('payments', 'list')
    await world.host.tellBalanceChange(TERMINAL, JSON.stringify(change))

    await world.stop('SIGKILL')
    await world.start()
    for (const [id, password] of passwords) devices.set(id, await world.listen(id, password))
    await world.host.tellBalanceChange(TERMINAL, JSON.stringify(change))
    const marker = await pay(null, { amount: 7_000 })
    await device('pos-1').heard('down/payment', said => said.referenceNumber === marker.referenceNumber)
    assert.equal((await world.list('payments', 'list')).length, payments.length + 1)
    const again = device('sound-1')
      .on('down/announce')
      .filter(said => said.amount === 30_000)
    assert.ok(again.length <= 1)
  })

  it('the documentation’s own QR answer is shown, with a warning about its code', async () => {
    world.host.answerRequest = () => documented.qrAnswer
    const orderId = await order('pos-1', { requestId: 'doc-1', amount: 50_000, content: 'Description' })
    world.host.answerRequest = request => qrAnswer(request)
    const told = await device('pos-1').heard('down/order', said => said.orderId === orderId)
    assert.equal(told.state, 'awaiting_payment')
    assert.equal(told.qrCode, JSON.parse(documented.qrAnswer).qrCode)
    assert.ok(String(told.qrWarning).length > 0)
    await world.command('orders', 'cancel', orderId)
  })

  it('the documentation’s balance change, without an order id, is a payment without an order', async () => {
    const { bankAccount, referenceNumber } = JSON.parse(documented.balanceChange)
    const account = ['--bank-code', 'MB', '--bank-account', bankAccount, '--holder', HOLDER]
    await world.command('terminals', 'add', '987', ...account)
    const paired = await world.command('devices', 'pair', 'soundbox', '--terminal', '987', '--id', 'sound-doc')
    const box = await world.listen('sound-doc', String(paired.password))
    await world.host.tellBalanceChange('987', documented.balanceChange)
    const said = await box.heard('down/announce', () => true)
    assert.equal(said.text, 'Đã nhận hai mươi lăm nghìn đồng')
    const payment = await world.command('payments', 'show', referenceNumber)
    assert.deepEqual([payment.match, payment.orderId, payment.amount], ['none', null, 25_000])
  })

  it('lookup replies are understood as object, as array and as error', async () => {
    const asked = (requestId: string, by: Fields) =>
      world.say('pos-1', passwords.get('pos-1') ?? '', 'up/lookup', { requestId, ...by })
    const answer = (requestId: string) => device('pos-1').heard('down/lookup', said => said.requestId === requestId)
    const usual = world.host.answerLookup

    world.host.answerLookup = () => documented.lookupReply
    await asked('l-object', { orderId: 'ORD98765XYZ' })
    const object = await answer('l-object')
    assert.equal(object.status, 'ok')
    assert.equal(JSON.stringify(object.transactions).includes('"referenceNumber":"TXN123456789012"'), true)
    assert.deepEqual(world.host.lookups.at(-1), {
      bankAccount: ACCOUNT,
      type: 0,
      value: 'ORD98765XYZ',
      checkSum: '5b25cb5cfb15ee1277b5b25150711a04',
    })

    world.host.answerLookup = () => `[${documented.lookupReply}]`
    await asked('l-array', { referenceNumber: 'TXN123456789012' })
    assert.equal(JSON.stringify((await answer('l-array')).transactions).includes('ORD98765XYZ'), true)

    world.host.answerLookup = () => '{"status":"FAILED","message":"E46"}'
    await asked('l-error', { orderId: 'X' })
    assert.deepEqual(await answer('l-error'), { requestId: 'l-error', status: 'failed', code: 'E46' })
    world.host.answerLookup = usual
  })

  it('an unmatched payment is announced and matched to nothing, not even by its amount', async () => {
    const orderId = await order('pos-1', { requestId: 'unmatched-1', amount: 77_000 })
    const change = await pay(null, { amount: 77_000, content: 'chuyen tien' })
    const seen = await device('pos-1').heard('down/payment', said => said.referenceNumber === change.referenceNumber)
    assert.deepEqual([seen.match, seen.orderId], ['none', undefined])
    assert.equal((await world.command('orders', 'show', orderId)).state, 'awaiting_payment')
    await world.command('orders', 'cancel', orderId)
  })

  it('an underpayment warns and releases nothing', async () => {
    const orderId = await order('vending-1', { requestId: 'short-1', amount: 200_000 })
    await pay(orderId, { amount: 200 })
    const said = await device('sound-1').heard('down/announce', told => told.kind === 'short')
    assert.equal(said.text, 'Chú ý: chuyển thiếu. Mới nhận hai trăm đồng trên hai trăm nghìn đồng')
    await device('vending-1').heard('down/order', told => told.orderId === orderId && told.state === 'underpaid')
    assert.equal(
      device('vending-1')
        .on('down/vend')
        .some(vend => vend.orderId === orderId),
      false,
    )
  })

  it('a payment after expiry is late: announced as such, nothing released', async () => {
    const orderId = await order('vending-1', { requestId: 'late-1', amount: 12_000, ttl: 1 })
    await device('vending-1').heard('down/order', told => told.orderId === orderId && told.state === 'expired')
    await pay(orderId, { amount: 12_000 })
    const said = await device('sound-1').heard('down/announce', told => told.kind === 'late')
    assert.equal(said.text, 'Nhận muộn mười hai nghìn đồng')
    await device('vending-1').heard('down/order', told => told.orderId === orderId && told.state === 'late')
    assert.equal(
      device('vending-1')
        .on('down/vend')
        .some(vend => vend.orderId === orderId),
      false,
    )
  })

  it('a host that never answers fails the order in words', async () => {
    world.host.answerRequest = () => null
    await order('vending-1', { requestId: 'silent-1', amount: 9_000 })
    world.host.answerRequest = request => qrAnswer(request)
    const told = await device('vending-1').heard('down/order', said => said.requestId === 'silent-1')
    assert.deepEqual([told.state, codeOf(told)], ['failed', 'HOST_SILENT'])
  })

  it('an account VietQR does not know, and a code with another amount, are never shown', async () => {
    world.host.answerRequest = request => qrAnswer(request, { existing: 0 })
    await order('vending-1', { requestId: 'blind-1', amount: 9_000 })
    world.host.answerRequest = request => qrAnswer({ ...request, amount: 90_000 }, { amount: String(request.amount) })
    await order('vending-1', { requestId: 'wrong-1', amount: 9_000 })
    world.host.answerRequest = request => qrAnswer(request)
    const codes = ['blind-1', 'wrong-1'].map(requestId =>
      codeOf(
        device('vending-1')
          .on('down/order')
          .find(said => said.requestId === requestId),
      ),
    )
    assert.deepEqual(codes, ['ACCOUNT_UNKNOWN', 'QR_MISMATCH'])
  })

  it('bad requests of a device are answered with their code', async () => {
    for (const [message, code] of [
      [{ requestId: 'bad-1', amount: 25_000.5 }, 'AMOUNT_INVALID'],
      [{ requestId: 'bad-2', amount: 0 }, 'AMOUNT_INVALID'],
      [{ requestId: 'bad-3', amount: 10_000, content: '☕' }, 'CONTENT_INVALID'],
      [{ requestId: 'walk-1', amount: 26_000 }, 'REQUEST_CONFLICT'],
      [{ requestId: 'bad-5', amount: 10_000, ttl: -1 }, 'INVALID_MESSAGE'],
    ] as const) {
      await world.say('vending-1', passwords.get('vending-1') ?? '', 'up/order', message)
      const told = await device('vending-1').heard(
        'down/order',
        said => said.requestId === message.requestId && codeOf(said) === code,
      )
      assert.equal(told.state, 'failed')
    }
    await world.say('sound-1', passwords.get('sound-1') ?? '', 'up/order', { requestId: 'no', amount: 1000 })
    await device('sound-1').heard('down/order', said => codeOf(said) === 'NOT_ALLOWED')
  })

  it('what the host says wrongly is a dead letter, and the next payment is heard', async () => {
    const before = (await world.list('dead-letters', 'list', '--limit', '0')).length
    const bad = [
      '',
      '{',
      'null',
      '[]',
      '{"amount":25000.5}',
      balanceChange({ amount: '25.5k' }),
      balanceChange({ amount: -5 }),
    ]
    for (const payload of bad) await world.host.tellBalanceChange(TERMINAL, payload)
    await world.host.say(`vietqr/response/${TERMINAL}`, 'null')
    const change = await pay(null, { amount: 8_000 })
    await device('pos-1').heard('down/payment', said => said.referenceNumber === change.referenceNumber)
    const letters = await world.list('dead-letters', 'list', '--limit', '0')
    assert.equal(letters.length - before, bad.length + 1)
    assert.equal(letters[0]?.reason, 'UNMATCHED_ANSWER')
    for (const letter of letters) assert.ok(String(letter.text).length > 0)
  })

  it('money for another terminal’s account or order has no effect', async () => {
    const said = device('sound-1').on('down/announce').length
    const foreign = await pay(null, { bankAccount: '9999999999' })
    const marker = await pay(null, { amount: 6_000 })
    await device('pos-1').heard('down/payment', told => told.referenceNumber === marker.referenceNumber)
    const seen = device('pos-1')
      .on('down/payment')
      .some(told => told.referenceNumber === foreign.referenceNumber)
    assert.equal(seen, false)
    assert.ok(device('sound-1').on('down/announce').length <= said + 1)
    const [letter] = await world.list('dead-letters', 'list')
    assert.equal(letter?.reason, 'TERMINAL_MISMATCH')
  })

  it('the host’s broker going away and coming back is told to every device', async () => {
    await world.mosquitto.stop()
    await device('paybox-1').heard('down/link', said => said.host === 'down')
    const ready = await world.http('/readyz')
    assert.equal(ready.status, 503)
    assert.match(ready.text, /host link down/)
    await world.say('vending-1', passwords.get('vending-1') ?? '', 'up/order', { requestId: 'down-1', amount: 5_000 })
    const told = await device('vending-1').heard('down/order', said => said.requestId === 'down-1')
    assert.equal(codeOf(told), 'HOST_DOWN')
    await world.mosquitto.start()
    const ups = device('paybox-1')
      .on('down/link')
      .filter(said => said.host === 'up').length
    await device('paybox-1').heard(
      'down/link',
      () =>
        device('paybox-1')
          .on('down/link')
          .filter(said => said.host === 'up').length > ups,
      20_000,
    )
  })

  it('no command line and no log shows a password or a whole account number', () => {
    for (const password of passwords.values()) assert.equal(world.log.includes(password), false)
    assert.equal(world.log.includes('partner-for-tests'), false)
    assert.equal(world.log.includes(ACCOUNT), false)
  })
}

describe('a host with a wrong certificate', { skip: needsMosquitto() }, () => {
  it('is refused, with the reason in words, while the gateway goes on', async () => {
    await using world = await World.create({ host: { caFile: './other-ca.pem' } })
    writeFileSync(`${world.folder}/other-ca.pem`, (await makeAuthority('Somebody else')).ca)
    await world.start('down')
    const { host, ready } = await world.command('status')
    assert.equal(ready, false)
    assert.match(JSON.stringify(host), /certificate/i)
    assert.equal((await world.http('/readyz')).status, 503)
    assert.equal((await world.http('/healthz')).status, 200)
    assert.equal(world.running, true)
  })
})

function codeOf(message: Fields | undefined): unknown {
  const error: unknown = message?.error
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
}
