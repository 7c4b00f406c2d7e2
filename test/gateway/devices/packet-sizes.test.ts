import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tellAll } from '../../../gateway/devices/profiles/index.ts'
import type { ShopEvent } from '../../../gateway/devices/profiles/profile.ts'
import type { Device, Order } from '../../../gateway/ledger/model.ts'
import { newMessageId } from '../../../protocol/ids.ts'
import { toPayload } from '../../../protocol/local/down.ts'
import { type DeviceKind, deviceTopic, packetBytes } from '../../../protocol/local/topics.ts'
import { vnd } from '../../../protocol/money.ts'
import type { Announcement } from '../../../protocol/voice/announcement.ts'
import { announcementText } from '../../../protocol/voice/announcement.ts'
import { openShop, T0 } from '../../support/shop.ts'

/** As long as a device id may be. */
const LONGEST_ID = 'x'.repeat(32)
const LARGEST = vnd(999_999_999_999)

async function sizes(kind: DeviceKind, change: (order: Order) => ShopEvent): Promise<number[]> {
  await using shop = await openShop()
  const order = await shop.order(null, 25_000)
  const known = await shop.ledger.registry.device('call-1')
  const device: Device = { ...(known ?? assert.fail()), deviceId: LONGEST_ID, kind, counter: null }
  const voices = [
    { language: 'vi', region: 'north' },
    { language: 'vi', region: 'south' },
    { language: 'en', region: 'north' },
  ] as const
  return voices.flatMap(voice => {
    const told = tellAll(change(order), [device], { now: T0, voice, newId: () => newMessageId(T0) })
    assert.ok(told.length > 0)
    return told.map(({ id, body }) =>
      packetBytes(
        deviceTopic(LONGEST_ID, `down/${kind === 'countercall' ? 'call' : 'announce'}`),
        toPayload(id, body, T0),
      ),
    )
  })
}

test('no call is larger than 256 bytes, whatever its ticket and counter are made of', async () => {
  for (const [ticket, counter] of [
    ['A015', '1'],
    ['x'.repeat(12), 'y'.repeat(8)],
    ['"'.repeat(12), '\\'.repeat(8)],
    ['ộộộộ', 'ứứ'],
  ]) {
    const all = await sizes('countercall', order => ({
      kind: 'call',
      order: { ...order, ticket: ticket ?? '', counter: counter ?? '' },
      counter: counter ?? '',
      callNumber: 3,
    }))
    for (const size of all) assert.ok(size <= 256, `${size} bytes for ${ticket}`)
  }
})

test('no announcement is larger than 512 bytes, whatever it says', async () => {
  const said: readonly Announcement[] = [
    { kind: 'paid', amount: LARGEST },
    { kind: 'short', amount: vnd(777_777_777_777), expected: LARGEST },
    { kind: 'late', amount: vnd(777_777_777_777) },
    { kind: 'summary', count: 999_999, amount: vnd(777_777_777_777) },
  ]
  for (const announcement of said) {
    const all = await sizes('soundbox', () => ({ kind: 'summary', announcement }))
    for (const size of all) assert.ok(size <= 512, `${size} bytes for ${announcement.kind}`)
  }
})

test('everything around the text of an announcement takes at most 300 bytes', async () => {
  for (const amount of [LARGEST, vnd(1)]) {
    const announcement = { kind: 'short', amount, expected: LARGEST } as const
    const texts = [
      announcementText(announcement, { language: 'vi', region: 'north' }),
      announcementText(announcement, { language: 'vi', region: 'south' }),
      announcementText(announcement, { language: 'en', region: 'north' }),
    ]
    const all = await sizes('soundbox', () => ({ kind: 'summary', announcement }))
    for (const [at, size] of all.entries()) assert.ok(size - Buffer.byteLength(texts[at] ?? '') <= 300)
  }
})
