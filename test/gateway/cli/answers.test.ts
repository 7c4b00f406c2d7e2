import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readDrawnQr } from './qr-picture.ts'
import { ScriptedGateway, say } from './scripted-gateway.ts'
import { cli, json, Program, shop } from './support.ts'

const QR_CODE = '00020101021138570010A00000072701270006970403011300110123456780208QRIBFTTA53037045802VN63049E6F'
const ORDER = {
  orderId: 'ABCDEFGHJK123',
  requestId: null,
  deviceId: null,
  terminalCode: 'T1',
  amount: 25000,
  received: 0,
  content: 'VQR0001 AN TRUA',
  ticket: null,
  counter: null,
  item: null,
  state: 'awaiting_payment',
  fulfilment: 'none',
  qrCode: QR_CODE,
  createdAt: '2024-11-21T18:53:20.000+07:00',
  expiresAt: '2024-11-21T18:58:20.000+07:00',
  paidAt: null,
}
const PAID = { ...ORDER, state: 'paid', received: 25000, paidAt: '2024-11-21T18:54:00.000+07:00' }
const CREATE = ['orders', 'create', '--terminal', 'T1', '--amount', '25,000']
const HOSTILE = '\u001b[2J\u202eQuán\u0007'

describe('what the gateway answers', { concurrency: 3 }, () => {
  it('orders create shows the QR code and what a cashier needs', async () => {
    const folder = shop()
    await using _gateway = await ScriptedGateway.open(folder, (_, response) => {
      say(response, { result: ORDER })
      response.end()
    })
    const [text, order] = await Promise.all([cli(folder, CREATE), json(folder, CREATE)])
    assert.equal(readDrawnQr(text.stdout), QR_CODE)
    assert.match(text.stdout, /^25\.000 đ\ncontent: VQR0001 AN TRUA\nvalid until: 2024-11-21 18:58:20$/m)
    assert.deepEqual(order, ORDER)
  })

  it('--wait shows the QR code at once and says when it is paid; --json is one value', async () => {
    const folder = shop()
    const waiting = Promise.withResolvers<() => void>()
    await using _gateway = await ScriptedGateway.open(folder, (_, response) => {
      say(response, { progress: ORDER })
      waiting.resolve(() => {
        say(response, { result: PAID })
        response.end()
      })
    })
    const text = new Program(folder, [...CREATE, '--wait'])
    await text.shows(/valid until/)
    const pay = await waiting.promise
    pay()
    const { code, stdout, stderr } = await text.end()
    assert.equal(code, 0)
    assert.match(stdout, /\npaid: 25\.000 đ, order ABCDEFGHJK123, 2024-11-21 18:54:00\n$/)
    assert.match(stderr, /waiting for the payment/)
  })

  it('--wait --json prints the paid order alone', async () => {
    const folder = shop()
    await using _gateway = await ScriptedGateway.open(folder, (_, response) => {
      say(response, { progress: ORDER })
      say(response, { result: PAID })
      response.end()
    })
    const { code, stdout } = await cli(folder, ['--json', ...CREATE, '--wait'])
    assert.equal(code, 0)
    assert.equal(stdout, `${JSON.stringify(PAID)}\n`)
  })

  it('an order that was not paid in time exits 6, a gateway that goes away meanwhile 1', async () => {
    const late = shop()
    const gone = shop()
    await using _late = await ScriptedGateway.open(late, (_, response) => {
      say(response, { progress: ORDER })
      say(response, { failure: { exitCode: 6, message: `order ${ORDER.orderId} is expired, not paid` } })
      response.end()
    })
    await using vanishing = await ScriptedGateway.open(gone, (_, response) => {
      say(response, { progress: ORDER })
      setImmediate(() => vanishing.vanish())
    })
    const [expired, cut] = await Promise.all([cli(late, [...CREATE, '--wait']), cli(gone, [...CREATE, '--wait'])])
    assert.equal(expired.code, 6)
    assert.match(expired.stderr, /is expired, not paid/)
    assert.equal(cut.code, 1)
    assert.match(cut.stderr, /stopped before it had answered/)
  })

  it('text from outside reaches the terminal without its escape sequences, in tables, details and JSON', async () => {
    const folder = shop()
    const payment = {
      paymentId: 'P1',
      referenceNumber: 'FT0001',
      bankAccount: '0000111122',
      terminalCode: 'T1',
      amount: 1500000,
      direction: 'out',
      settled: true,
      orderId: null,
      match: 'none',
      source: 'bdsd',
      confirmed: false,
      content: HOSTILE,
      receivedAt: '2024-11-21T18:53:20.000+07:00',
      hostTimePaid: null,
    }
    await using _gateway = await ScriptedGateway.open(folder, (command, response) => {
      say(response, { result: command.endsWith('list') ? [payment] : payment })
      response.end()
    })
    const [list, show, values] = await Promise.all([
      cli(folder, ['payments', 'list']),
      cli(folder, ['payments', 'show', 'FT0001']),
      cli(folder, ['payments', 'list', '--json']),
    ])
    for (const { code, stdout } of [list, show, values]) {
      assert.equal(code, 0)
      assert.doesNotMatch(stdout.replaceAll('\n', ''), /\p{C}/u)
    }
    assert.match(list.stdout, /^FT0001 .*-1\.500\.000 đ .*\\u\{1b\}\[2J\\u\{202e\}Quán/m)
    assert.match(show.stdout, /^content: \\u\{1b\}\[2J/m)
    assert.deepEqual(JSON.parse(values.stdout), [payment])
  })

  it('lookup shows the host’s times as ISO 8601', async () => {
    const folder = shop()
    const row = { referenceNumber: 'FT0001', orderId: ORDER.orderId, amount: 25000, content: 'AN TRUA' }
    const transactions = [{ ...row, direction: 'in', status: 'paid', timeCreated: null, timePaid: 1732190040 }]
    await using _gateway = await ScriptedGateway.open(folder, (_, response) => {
      say(response, { result: { status: 'ok', transactions } })
      response.end()
    })
    const answer = await json(folder, ['lookup', '--terminal', 'T1', '--order', ORDER.orderId])
    assert.equal(answer.transactions[0].timePaid, '2024-11-21T18:54:00.000+07:00')
    assert.equal(answer.transactions[0].timeCreated, null)
  })

  it('a reader that has seen enough is no failure', async () => {
    const folder = shop()
    const many = Array.from({ length: 20_000 }, () => ORDER)
    await using _gateway = await ScriptedGateway.open(folder, (_, response) => {
      say(response, { result: many })
      response.end()
    })
    const program = new Program(folder, ['orders', 'list', '--json'])
    await program.shows(/ABCDEFGHJK123/)
    program.closeStdout()
    const { code, stderr } = await program.end()
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' })
  })
})
