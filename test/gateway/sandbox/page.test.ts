import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SandboxShop } from '../../../gateway/sandbox/sandbox-shop.ts'
import { EventReader } from '../../device-sim/ui/event-reader.ts'

test('the sandbox has a page with its own devices, whose buttons work', async () => {
  const shop = await SandboxShop.open(undefined)
  try {
    const { page } = shop.places
    await using events = await EventReader.open(new URL('/events', page).href)
    const kinds = ['paybox', 'soundbox', 'countercall', 'vending', 'pos']
    assert.partialDeepStrictEqual(await events.first('shop'), { devices: kinds.map(kind => ({ kind, online: true })) })
    const post = (path: string, body: object) =>
      fetch(new URL(path, page), {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
    await post('/devices/vending-1/order', { amount: 10_000, item: 'A1' })
    const codes = await events.first('codes', data => Array.isArray(data) && data.length === 1)
    const [code] = Array.isArray(codes) ? codes : []
    assert.equal((await post('/pay', { qrCode: code.qrCode })).status, 200)
    await events.first('effect', data => isOf(data, 'vending-1', 'dispense'))
  } finally {
    await shop.stop()
  }
})

function isOf(data: unknown, deviceId: string, effect: string): boolean {
  if (typeof data !== 'object' || data === null || !('deviceId' in data) || !('effect' in data)) return false
  return data.deviceId === deviceId && data.effect === effect
}
