import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createMetrics } from '../../../gateway/http/metrics.ts'
import { parseMetrics } from './prometheus.ts'

describe('metrics', () => {
  it('have the names, types and labels of the contract from the start', async () => {
    const { types, samples } = parseMetrics(await createMetrics().text())
    const expected = {
      vietqr_host_connected: 'gauge',
      vietqr_payments_total: 'counter',
      vietqr_orders_total: 'counter',
      vietqr_deliveries_pending: 'gauge',
      vietqr_delivery_seconds: 'histogram',
      vietqr_dead_letters_total: 'counter',
      vietqr_devices_online: 'gauge',
      vietqr_commit_seconds: 'histogram',
      process_resident_memory_bytes: 'gauge',
      process_cpu_seconds_total: 'counter',
    }
    for (const [name, type] of Object.entries(expected)) assert.equal(types.get(name), type, name)
    assert.equal(samples.get('vietqr_payments_total{match="exact",source="bdsd"}'), 0)
    assert.equal(samples.get('vietqr_orders_total{state="paid"}'), 0)
    assert.equal(samples.get('vietqr_dead_letters_total{reason="MALFORMED"}'), 0)
    assert.ok((samples.get('process_resident_memory_bytes') ?? 0) > 1_000_000)
  })

  it('count', async () => {
    const metrics = createMetrics()
    metrics.paymentsTotal.inc({ source: 'lookup', match: 'under' })
    metrics.ordersTotal.inc({ state: 'held' }, 2)
    metrics.deadLettersTotal.inc({ reason: 'HOST_SILENT' })
    metrics.hostConnected.set(1)
    metrics.deliverySeconds.observe(0.2)
    metrics.commitSeconds.observe(0.002)
    const { samples } = parseMetrics(await metrics.text())
    assert.equal(samples.get('vietqr_payments_total{match="under",source="lookup"}'), 1)
    assert.equal(samples.get('vietqr_orders_total{state="held"}'), 2)
    assert.equal(samples.get('vietqr_dead_letters_total{reason="HOST_SILENT"}'), 1)
    assert.equal(samples.get('vietqr_host_connected'), 1)
    assert.equal(samples.get('vietqr_delivery_seconds_bucket{le="0.1"}'), 0)
    assert.equal(samples.get('vietqr_delivery_seconds_bucket{le="0.25"}'), 1)
    assert.equal(samples.get('vietqr_commit_seconds_sum'), 0.002)
  })

  it('ask for values that live elsewhere at every scrape', async () => {
    let online = 1
    const metrics = createMetrics({
      hostConnected: () => true,
      devicesOnline: () => online,
      deliveriesPending: async () => 7,
    })
    const first = parseMetrics(await metrics.text()).samples
    assert.deepEqual(
      ['host_connected', 'devices_online', 'deliveries_pending'].map(name => first.get(`vietqr_${name}`)),
      [1, 1, 7],
    )
    online = 3
    assert.equal(parseMetrics(await metrics.text()).samples.get('vietqr_devices_online'), 3)
  })

  it('survive a source that fails', async () => {
    const metrics = createMetrics({
      hostConnected: () => {
        throw new Error('no')
      },
      deliveriesPending: () => Promise.reject(new Error('locked')),
    })
    const { samples } = parseMetrics(await metrics.text())
    assert.ok(Number.isNaN(samples.get('vietqr_host_connected')))
    assert.ok(Number.isNaN(samples.get('vietqr_deliveries_pending')))
    assert.equal(samples.get('vietqr_devices_online'), 0)
  })

  it('of two gateways in one process are separate', async () => {
    const [one, other] = [createMetrics(), createMetrics()]
    one.devicesOnline.set(5)
    assert.equal(parseMetrics(await other.text()).samples.get('vietqr_devices_online'), 0)
  })
})
