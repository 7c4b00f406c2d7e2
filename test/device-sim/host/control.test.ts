import assert from 'node:assert/strict'
import { request } from 'node:http'
import { json } from 'node:stream/consumers'
import { describe, it } from 'node:test'
import { ControlServer } from '../../../device-sim/host/control.ts'
import type { SimulatedHost } from '../../../device-sim/host/simulated-host.ts'
import { Partner } from '../partner.ts'
import { MMS, PLAIN, qrRequest, startHost } from './hosts.ts'

async function control(host: SimulatedHost): Promise<{ url: string } & AsyncDisposable> {
  const server = new ControlServer(host, 0)
  return { url: await server.start(), [Symbol.asyncDispose]: () => server.stop() }
}

async function ordered(host: SimulatedHost): Promise<void> {
  await using partner = await Partner.connect(host.url, ['vietqr/response/#'])
  await partner.publish(
    'vietqr/request/T1',
    qrRequest({ bankAccount: MMS.bankAccount, orderId: 'M1', terminalCode: 'T1' }),
  )
  await partner.on('vietqr/response/T1')
}

async function post(url: string, body: unknown, type = 'application/json') {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': type }, body: text })
  const answer: unknown = await response.json()
  return { status: response.status, answer }
}

async function get(url: string, host?: string) {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number | undefined; answer: unknown }>()
  request(url, host === undefined ? {} : { headers: { host } }, response => {
    json(response).then(answer => resolve({ status: response.statusCode, answer }), reject)
  })
    .on('error', reject)
    .end()
  return promise
}

type Refusal = readonly [Promise<{ status: number | undefined; answer: unknown }>, number, string, RegExp]

async function assertRefused(refusals: readonly Refusal[]): Promise<void> {
  for (const [answered, status, code, words] of refusals) {
    const refused = await answered
    assert.equal(refused.status, status)
    assert.partialDeepStrictEqual(refused.answer, { error: { code } })
    assert.match(JSON.stringify(refused.answer), words)
  }
}

describe('the control port', () => {
  it('lists accounts and orders, and a person pays', async () => {
    await using host = await startHost()
    await using port = await control(host)
    await ordered(host)
    assert.deepEqual(await get(`${port.url}/accounts`), { status: 200, answer: [MMS, PLAIN] })
    const order = {
      orderId: 'M1',
      terminalCode: 'T1',
      bankAccount: MMS.bankAccount,
      amount: 25000,
      content: 'GUID1',
      qrCode: host.orders()[0]?.qrCode,
      stored: true,
      paid: false,
      cancelled: false,
      createdAt: '2024-11-21T18:53:20.000+07:00',
    }
    assert.deepEqual(await get(`${port.url}/orders`), { status: 200, answer: [order] })
    const { status, answer } = await post(`${port.url}/pay`, { orderId: 'M1' })
    assert.equal(status, 200)
    assert.partialDeepStrictEqual(answer, { orderId: 'M1', amount: 25000, told: 'vietqr/bdsd/T1' })
    assert.deepEqual(await get(`${port.url}/orders`), { status: 200, answer: [{ ...order, paid: true }] })
    assert.deepEqual(await get(`${port.url}/orders?open=true`), { status: 200, answer: [] })
  })

  it('takes money that belongs to no order', async () => {
    await using host = await startHost()
    await using port = await control(host)
    const money = { bankAccount: MMS.bankAccount, amount: 7000, terminalCode: 'T1' }
    const { answer } = await post(`${port.url}/pay-unmatched`, money)
    assert.partialDeepStrictEqual(answer, { orderId: null, matched: false, told: 'vietqr/bdsd/T1' })
  })

  it('refuses with a status, a code and what would be right', async () => {
    await using host = await startHost()
    await using port = await control(host)
    await ordered(host)
    const pay = `${port.url}/pay`
    const refusals: readonly Refusal[] = [
      [post(pay, { orderId: 'NONE' }), 404, 'ORDER_UNKNOWN', /no code of this host/],
      [post(pay, {}), 400, 'INVALID_MESSAGE', /orderId, a content or a qrCode/],
      [post(pay, { order: 'M1' }), 400, 'INVALID_MESSAGE', /order/],
      [post(pay, 'nonsense'), 400, 'INVALID_MESSAGE', /JSON object/],
      [post(pay, { orderId: 'M1', amount: '5' }), 400, 'AMOUNT_INVALID', /amount should be whole VND/],
      [post(pay, { orderId: 'M1', amount: 0 }), 400, 'AMOUNT_INVALID', /at least 1/],
      [post(pay, { orderId: 'M1' }, 'text/plain'), 415, 'NOT_JSON', /application\/json/],
      [post(pay, { orderId: 'x'.repeat(1_048_576) }), 413, 'TOO_LARGE', /1048576/],
      [get(pay), 405, 'METHOD_NOT_ALLOWED', /POST/],
      [get(`${port.url}/nothing`), 404, 'NOT_FOUND', /\/accounts/],
      [get(`${port.url}/orders`, 'evil.example'), 403, 'HOST_FORBIDDEN', /127\.0\.0\.1/],
      [post(`${port.url}/pay-unmatched`, { bankAccount: '5', amount: 1 }), 404, 'ACCOUNT_UNKNOWN', /bankAccount/],
    ]
    await assertRefused(refusals)
    assert.equal(host.openOrders().length, 1)
  })
})
