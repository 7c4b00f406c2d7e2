import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BoxLink } from '../../../gateway/boxes/box-link.ts'
import type { Box } from '../../../gateway/ledger/model.ts'
import type { BoxKind } from '../../../protocol/vietqr/box-kinds.ts'
import { boxIdOf, handleBoxCheckSum, qrCertificateOf } from '../../../protocol/vietqr/checksums.ts'
import { ManualClock } from '../../support/manual-clock.ts'

const KEY = 'TESTKEY-NOT-REAL-1'
const MAC = 'AA:BB:CC:DD:EE:FF'
const ANSWER = `/vqr/handle-box/response/${MAC}`
const BOX_ID = boxIdOf('VVB123456', KEY)
const ASKING = { mac: MAC, checkSum: handleBoxCheckSum(MAC, KEY) }

function boxOf(kind: BoxKind, isKnown: boolean): Box {
  return {
    mac: 'AABBCCDDEEFF',
    macAsSaid: MAC,
    deviceId: 'box-aabbccddeeff',
    kind,
    name: 'box',
    boxId: isKnown ? BOX_ID : null,
    qrCertificate: isKnown ? qrCertificateOf('VVB123456', MAC, KEY) : null,
    terminalCode: isKnown ? 'VVB123456' : null,
    bound: null,
    toldBoundAt: null,
    hostClearedAt: null,
    createdAt: 0,
  }
}

/** A link whose connection remembers what became of it. */
function openLink(box: Box | null) {
  const clock = new ManualClock()
  const seen = { sent: [] as string[], pushed: [] as string[], deaf: 0, closed: false, listening: 0 }
  const granted = new Set([ANSWER])
  const visit = {
    granted: (topic: string) => (granted.has(topic) ? 1 : undefined),
    deliver: async (topic: string) => {
      seen.sent.push(topic)
      return true
    },
    push: async (topic: string) => {
      seen.pushed.push(topic)
    },
    close: () => {
      seen.closed = true
    },
  }
  const link = new BoxLink('AABBCCDDEEFF', box, visit, clock, {
    opened: () => {},
    closed: () => {},
    listening: () => {
      seen.listening += 1
    },
    deaf: () => {
      seen.deaf += 1
    },
    said: async () => {},
    taken: () => {},
  })
  const subscribe = (...topics: string[]): void => {
    for (const topic of topics) granted.add(topic)
    link.subscribed()
  }
  return { link, clock, seen, subscribe }
}

test('a box that was answered and does not subscribe is closed after 8 s, so that it starts over', async () => {
  const { link, clock, seen } = openLink(boxOf('vietqr-vending', true))
  assert.equal(link.asks(ASKING, KEY), null)
  assert.deepEqual(seen.sent, [ANSWER])
  await clock.advance(7_999)
  assert.equal(seen.closed, false)
  await clock.advance(1)
  assert.equal(seen.closed, true)
})

test('one that listens in time stays, as soon as it has all its kind is told on', async () => {
  const vending = openLink(boxOf('vietqr-vending', true))
  vending.link.asks(ASKING, KEY)
  vending.subscribe(`vietqr/boxId/${BOX_ID}`, 'vietqr/response/VVB123456')
  assert.equal(vending.seen.listening, 0)
  vending.subscribe('vietqr/bdsd/VVB123456')
  const screen = openLink(boxOf('vietqr-box', true))
  screen.subscribe(`vietqr/boxId/${BOX_ID}`)
  for (const { clock, seen } of [vending, screen]) {
    await clock.advance(60_000)
    assert.deepEqual([seen.closed, seen.listening], [false, 1])
  }
})

test('one that asked before the host had named it is answered then; one that did not ask starts over', () => {
  const asked = openLink(boxOf('vietqr-vending', false))
  assert.equal(asked.link.asks(ASKING, KEY), null)
  assert.deepEqual(asked.seen.sent, [])
  asked.link.known(boxOf('vietqr-vending', true))
  assert.deepEqual([asked.seen.sent, asked.seen.closed], [[ANSWER], false])
  const quiet = openLink(null)
  assert.match(quiet.link.asks(ASKING, KEY) ?? '', /nobody has registered this MAC/)
  quiet.link.known(boxOf('vietqr-vending', true))
  assert.deepEqual([quiet.seen.sent, quiet.seen.closed], [[], true])
})

const BOUND = {
  notificationType: 'N16' as const,
  imgBank: '',
  homePage: '',
  bankAccount: '9990000001',
  bankShortName: 'MB',
  bankCode: 'MB',
  userBankName: 'CONG TY MAU',
  terminalCode: 'VVB123456',
  terminalName: 'Quay mau',
  qrCode: 'QR-MAU',
}
const boundBox = (kind: BoxKind): Box => ({ ...boxOf(kind, true), bound: BOUND })

test('a bound QR box that does not listen 2 s after its connect is deaf; told unasked, it is closed to start over', async () => {
  const { link, clock, seen } = openLink(boxOf('vietqr-box', true))
  link.opened()
  await clock.advance(60_000)
  assert.equal(seen.deaf, 0)
  link.known(boundBox('vietqr-box'))
  await clock.advance(0)
  assert.equal(seen.deaf, 1)
  await link.wake('vietqr/boxId/x', 'N16')
  await clock.advance(499)
  assert.deepEqual([seen.pushed, seen.closed], [['vietqr/boxId/x'], false])
  await clock.advance(1)
  assert.equal(seen.closed, true)
})

test('one that subscribes within 2 s is not deaf, nor is a vending box, which pairs at each connect', async () => {
  const screen = openLink(boundBox('vietqr-box'))
  screen.link.opened()
  await screen.clock.advance(1_999)
  screen.subscribe(`vietqr/boxId/${BOX_ID}`)
  const vending = openLink(boundBox('vietqr-vending'))
  vending.link.opened()
  for (const { clock, seen } of [screen, vending]) {
    await clock.advance(60_000)
    assert.deepEqual([seen.deaf, seen.closed], [0, false])
  }
})
