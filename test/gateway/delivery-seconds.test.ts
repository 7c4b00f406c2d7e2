import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Alarms } from '../../gateway/alarms.ts'
import { createMetrics } from '../../gateway/http/metrics.ts'
import { createLogger } from '../../gateway/log.ts'
import { Reporter } from '../../gateway/reporter.ts'
import { vnd } from '../../protocol/money.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { openShop, pay, SAMPLE_ANSWER, type Shop, T0, TERMINAL } from '../support/shop.ts'

/** The seconds `vietqr_delivery_seconds` has counted once this device has carried out everything it was told, at this moment. */
async function secondsUntil(shop: Shop, deviceId: string, now: number): Promise<readonly number[]> {
  const metrics = createMetrics()
  const clock = new ManualClock(now)
  const log = createLogger({ level: 'info', pretty: false }, { write() {} })
  const reporter = new Reporter(log, metrics, new Alarms('test', {}, clock, log), clock)
  const counted: number[] = []
  for (const { delivery } of await shop.told(deviceId)) {
    const before = await sum(metrics)
    const ended = await shop.ledger.deliveries.noteAcknowledgement(deviceId, { id: delivery.id, status: 'done' }, now)
    reporter.acknowledged(ended ?? assert.fail())
    counted.push((await sum(metrics)) - before)
  }
  return counted
}

async function sum(metrics: ReturnType<typeof createMetrics>): Promise<number> {
  return Number(/^vietqr_delivery_seconds_sum (\S+)$/m.exec(await metrics.text())?.[1])
}

test('the seconds count from the message of the host, also when a confirmation was waited for', async () => {
  await using shop = await openShop({ confirm: 'release' })
  const { orderId } = await shop.order('vending-1', 25_000, { expiresAt: T0 + 300_000 })
  await secondsUntil(shop, 'vending-1', T0 + 500)
  await pay(shop, { orderId }, T0 + 1000)
  assert.deepEqual(await secondsUntil(shop, 'sound-1', T0 + 1250), [0.25])
  const row = {
    orderId,
    referenceNumber: 'FT0000000001',
    amount: vnd(25_000),
    content: 'CAPHE',
    direction: 'in',
    status: 'paid',
    timeCreated: T0,
    timePaid: T0 + 500,
    terminalCode: TERMINAL,
    note: '',
    refundCount: 0,
    amountRefunded: null,
  } as const
  await shop.ledger.payments.takeLookupRow(TERMINAL, row, { ...SAMPLE_ANSWER, receivedAt: T0 + 9000 })
  assert.deepEqual(await secondsUntil(shop, 'vending-1', T0 + 9500), [8.5, 8.5], 'the state and the goods')
})

test('a QR code counts from its answer; what no message of the host began is not counted', async () => {
  await using shop = await openShop()
  const { orderId } = await shop.order('vending-1', 25_000)
  assert.deepEqual(await secondsUntil(shop, 'vending-1', SAMPLE_ANSWER.receivedAt + 750), [0.75])
  await shop.ledger.orders.cancel(orderId, null, T0 + 2000)
  assert.deepEqual(await secondsUntil(shop, 'vending-1', T0 + 3000), [0])
})
