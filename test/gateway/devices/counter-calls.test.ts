import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { KeyEvent } from '../../../protocol/local/up.ts'
import { type Floor, openFloor } from '../../support/floor.ts'
import { openShop, type Shop, T0, TERMINAL } from '../../support/shop.ts'

/** What the hall hears: every call that goes out, once, with the milliseconds since the first payment. */
interface Heard {
  readonly at: number
  readonly deviceId: string
  readonly ticket: unknown
  readonly counter: unknown
  readonly callNumber: unknown
}

interface Hall extends Floor, AsyncDisposable {
  readonly heard: Heard[]
  /** A customer pays for an order with this ticket. */
  buys(ticket: string, counter: string | null): Promise<string>
  press(deviceId: string, event: KeyEvent['event'], more?: Partial<KeyEvent>): Promise<string | null>
}

let presses = 0
let payments = 0

/** A hall with a counter call at counter 1 (`call-1`), one at counter 2, and one for everybody; all answer at once. */
async function openHall(answers: 'done' | 'received' = 'done'): Promise<Hall> {
  const shop = await openShop()
  for (const [deviceId, counter] of [
    ['call-2', '2'],
    ['hall', null],
  ] as const) {
    const device = { deviceId, kind: 'countercall', name: deviceId, terminalCode: TERMINAL, counter } as const
    await shop.ledger.registry.addDevice({ ...device, secretSha256: new Uint8Array(32), createdAt: T0 })
  }
  const floor = await openFloor(shop, ['call-1', 'call-2', 'hall'])
  const heard: Heard[] = []
  const ids = new Set<unknown>()
  const { send } = floor.bus
  const answer = async (deviceId: string, id: string): Promise<void> => {
    const delivery = await shop.ledger.deliveries.noteAcknowledgement(deviceId, { id, status: answers }, T0)
    if (delivery !== null) floor.lanes.acknowledged(delivery, false)
  }
  floor.bus.send = async (deviceId, path, payload) => {
    await send.call(floor.bus, deviceId, path, payload)
    const { id, ticket, counter, callNumber } = JSON.parse(payload)
    if (path !== 'down/call' || ids.has(id)) return
    ids.add(id)
    heard.push({ at: floor.clock.now() - T0 - 1000, deviceId, ticket, counter, callNumber })
    floor.clock.after(1, () => void answer(deviceId, id))
  }
  return {
    ...floor,
    heard,
    async buys(ticket, counter) {
      payments += 1
      const createdAt = floor.clock.now()
      const { orderId } = await shop.order(null, 25_000, { ticket, counter, createdAt, expiresAt: createdAt + 60_000 })
      await floor.pay({ orderId, referenceNumber: `FT-${payments}` })
      return orderId
    },
    async press(deviceId, event, more = {}) {
      presses += 1
      const device = (await shop.ledger.registry.device(deviceId)) ?? assert.fail()
      const key = { id: `k-${presses}`, event, counter: null, ticket: null, ...more }
      const { told, refusal } = await shop.ledger.calls.press(device, key, floor.clock.now())
      floor.lanes.wake(told)
      await floor.clock.advance(0)
      return refusal?.code ?? null
    },
    async [Symbol.asyncDispose]() {
      floor.lanes.stop()
      await shop[Symbol.asyncDispose]()
    },
  }
}

/** What was heard, without times: `device ticket counter callNumber`. */
function said({ heard }: Hall): string[] {
  return heard.map(
    ({ deviceId, ticket, counter, callNumber }) => `${deviceId} ${ticket} ${counter || '-'} ${callNumber}`,
  )
}

async function ticketsOf(shop: Shop): Promise<number> {
  const open = await Promise.all(['call-1', 'call-2', 'hall'].map(id => shop.told(id)))
  return open.flat().length
}

test('a paid ticket is called at its counter and in the hall, at once; one without a counter everywhere, to no counter', async () => {
  await using hall = await openHall()
  await hall.buys('A1', '1')
  assert.deepEqual(said(hall).sort(), ['call-1 A1 1 1', 'hall A1 1 1'])
  await hall.clock.advance(2000)
  await hall.buys('A2', null)
  assert.deepEqual(said(hall).slice(2).sort(), ['call-1 A2 - 1', 'call-2 A2 - 1', 'hall A2 - 1'])
})

test('calls of one terminal begin two seconds apart, whatever their counters, in the order they came', async () => {
  await using hall = await openHall()
  await hall.buys('A1', '1')
  await hall.buys('B1', '2')
  await hall.buys('A2', '1')
  await hall.clock.advance(1998)
  assert.equal(new Set(hall.heard.map(({ ticket }) => ticket)).size, 1)
  await hall.clock.advance(10_000)
  const starts = new Map<unknown, number[]>()
  for (const { ticket, at } of hall.heard) starts.set(ticket, [...(starts.get(ticket) ?? []), at])
  assert.deepEqual([...starts.keys()], ['A1', 'B1', 'A2'])
  const [first = [], second = [], third = []] = [...starts.values()]
  for (const [before, after] of [
    [first, second],
    [second, third],
  ] as const) {
    assert.ok(Math.min(...after) - Math.max(...before) >= 2000, 'less than two seconds')
    assert.ok(Math.min(...after) - Math.min(...before) <= 2100, 'the hall is silent for too long')
  }
})

test('while a device speaks the others of the terminal wait for its last word, at most ten seconds', async () => {
  await using hall = await openHall('received')
  await hall.buys('A1', '1')
  await hall.clock.advance(1)
  await hall.buys('B1', '2')
  await hall.clock.advance(3000)
  assert.deepEqual(said(hall).sort(), ['call-1 A1 1 1', 'hall A1 1 1'])
  const ids = ['call-1', 'hall'].map(id => [id, hall.bus.to(id, 'down/call')[0]?.id] as const)
  for (const [id, call] of ids) await hall.ack(id, call, 'done')
  await hall.clock.advance(10)
  assert.deepEqual(said(hall).slice(2).sort(), ['call-2 B1 2 1', 'hall B1 2 1'])
  await hall.buys('A2', '1')
  await hall.clock.advance(9900)
  assert.equal(hall.heard.length, 4)
  await hall.clock.advance(200)
  assert.deepEqual(said(hall).slice(4).sort(), ['call-1 A2 1 1', 'hall A2 1 1'])
})

test('recall is a new call of the same ticket with the next number; three calls, no fourth', async () => {
  await using hall = await openHall()
  await hall.buys('A1', '1')
  assert.equal(await hall.press('call-1', 'recall'), null)
  assert.equal(await hall.press('call-1', 'recall', { ticket: 'A1', counter: '1' }), null)
  assert.equal(await hall.press('call-1', 'recall'), 'NOT_ALLOWED')
  await hall.clock.advance(10_000)
  const calls = hall.heard.filter(({ deviceId }) => deviceId === 'call-1')
  assert.deepEqual(
    calls.map(({ ticket, callNumber }) => `${ticket} ${callNumber}`),
    ['A1 1', 'A1 2', 'A1 3'],
  )
  assert.equal(new Set(hall.bus.to('call-1', 'down/call').map(({ id }) => id)).size, 3)
  for (const [index, { at }] of calls.entries()) assert.ok(at - (calls[index - 1]?.at ?? -2000) >= 2000)
})

test('while a counter is paused its tickets wait, the other counters go on; next calls them in their order', async () => {
  await using hall = await openHall()
  assert.equal(await hall.press('call-1', 'pause'), null)
  await hall.buys('A1', '1')
  await hall.buys('A2', '1')
  await hall.buys('B1', '2')
  await hall.clock.advance(5000)
  assert.deepEqual(said(hall).sort(), ['call-2 B1 2 1', 'hall B1 2 1'])
  assert.equal(await hall.press('call-1', 'next'), null)
  await hall.clock.advance(5000)
  assert.deepEqual(said(hall).slice(2).sort(), ['call-1 A1 1 1', 'hall A1 1 1'])
  assert.equal(await hall.press('call-1', 'resume'), null)
  await hall.clock.advance(5000)
  assert.equal(hall.heard.length, 4, 'what waited is not called all at once')
  await hall.buys('A3', '1')
  await hall.clock.advance(5000)
  assert.equal(await hall.press('call-1', 'next'), null)
  await hall.clock.advance(5000)
  assert.deepEqual(
    said(hall).filter(words => words.startsWith('call-1')),
    ['call-1 A1 1 1', 'call-1 A3 1 1', 'call-1 A2 1 1'],
  )
  assert.equal(await hall.press('call-1', 'next'), 'ORDER_UNKNOWN')
})

test('the hall pauses everybody; a ticket without a counter belongs to the counter that calls it', async () => {
  await using hall = await openHall()
  await hall.press('hall', 'pause')
  await hall.buys('B1', '2')
  await hall.buys('A1', null)
  await hall.clock.advance(5000)
  assert.deepEqual(said(hall), [])
  assert.equal(await hall.press('call-1', 'next'), null)
  await hall.clock.advance(5000)
  assert.deepEqual(said(hall).sort(), ['call-1 A1 1 1', 'call-2 A1 1 1', 'hall A1 1 1'])
  assert.equal(await hall.press('call-2', 'recall', { ticket: 'A1' }), 'ORDER_UNKNOWN', 'it is called at counter 1')
  assert.equal(await hall.press('hall', 'next'), null)
  await hall.clock.advance(5000)
  assert.deepEqual(said(hall).slice(3).sort(), ['call-2 B1 2 1', 'hall B1 2 1'])
})

test('serve and skip close a ticket, and a call of it that has not gone out does not go out', async () => {
  await using hall = await openHall()
  await hall.buys('B1', '2')
  await hall.buys('A1', '1')
  assert.equal(await hall.press('call-1', 'skip'), null)
  await hall.clock.advance(10_000)
  assert.deepEqual(said(hall).sort(), ['call-2 B1 2 1', 'hall B1 2 1'])
  assert.equal(await ticketsOf(hall.shop), 0)
  assert.equal(await hall.press('call-1', 'recall', { ticket: 'A1' }), 'ORDER_CLOSED')
  assert.equal(await hall.press('call-2', 'serve'), null)
  assert.equal(await hall.press('call-2', 'serve'), 'ORDER_UNKNOWN')
  assert.equal(await hall.press('call-2', 'recall'), 'ORDER_UNKNOWN')
})

test('a key said again is carried out once and answered as the first time; its id is good for nothing else', async () => {
  await using hall = await openHall()
  await hall.buys('A1', '1')
  for (const _ of [1, 2, 3]) assert.equal(await hall.press('call-1', 'recall', { id: 'one' }), null)
  assert.equal(await hall.press('call-1', 'next', { id: 'two' }), 'ORDER_UNKNOWN')
  await hall.clock.advance(10)
  await hall.shop.reopen()
  const device = (await hall.shop.ledger.registry.device('call-1')) ?? assert.fail()
  const key = { id: 'one', event: 'recall', counter: null, ticket: null } as const
  assert.equal((await hall.shop.ledger.calls.press(device, key, T0)).refusal, null)
  const other = await hall.shop.ledger.calls.press(device, { ...key, event: 'skip' }, T0)
  assert.equal(other.refusal?.code, 'REQUEST_CONFLICT')
  assert.equal(
    (await hall.shop.ledger.calls.press(device, { ...key, id: 'two', event: 'next' }, T0)).refusal?.code,
    'ORDER_UNKNOWN',
  )
  const calls = (await hall.shop.told('call-1')).map(({ body }) => body.callNumber)
  assert.deepEqual(calls, [2], 'one recall, still open')
})

test('a counter call presses keys for its own counter only', async () => {
  await using hall = await openHall()
  await hall.buys('B1', '2')
  assert.equal(await hall.press('call-1', 'recall', { counter: '2' }), 'NOT_ALLOWED')
  assert.equal(await hall.press('call-1', 'recall', { ticket: 'B1' }), 'ORDER_UNKNOWN')
  assert.equal(await hall.press('hall', 'recall', { counter: '2' }), null)
})

test('a number of yesterday is not called, and a pause ends with its day', async () => {
  await using hall = await openHall()
  await hall.press('call-1', 'pause')
  await hall.buys('A1', '1')
  // Nine in the morning in Viet Nam; its day ends fifteen hours later.
  hall.clock.jump(15 * 3_600_000 - 2000)
  assert.equal(await hall.press('call-1', 'next', { id: 'late', ticket: 'A1' }), null)
  await hall.press('call-1', 'pause')
  await hall.buys('A2', '1')
  hall.clock.jump(2000)
  assert.equal(await hall.press('call-1', 'next'), 'ORDER_UNKNOWN')
  await hall.clock.advance(60_000)
  const before = hall.heard.length
  await hall.buys('A1', '1')
  assert.equal(hall.heard.length, before + 2)
})

test('a call is heard within 45 seconds or not at all', async () => {
  await using hall = await openHall()
  hall.bus.here.clear()
  await hall.buys('A1', '1')
  await hall.clock.advance(44_999)
  await hall.comesBack('call-1')
  assert.deepEqual(said(hall), ['call-1 A1 1 1'])
  await hall.clock.advance(1)
  await hall.comesBack('hall')
  assert.equal(hall.heard.length, 1)
})
