import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readLogLine } from '../../../gateway/broker/mosquitto-log.ts'

const N = '$SYS/broker/log/N'
const SUBSCRIBE = '$SYS/broker/log/M/subscribe'

test('the lines of Mosquitto about its clients are understood', () => {
  const address = '127.0.0.1:47742'
  assert.deepEqual(
    readLogLine(N, `1795313349: New client connected from ${address} as sound-1 (p2, c1, k60, u'sound-1').`),
    {
      what: 'connected',
      clientId: 'sound-1',
      address,
      clean: true,
    },
  )
  assert.deepEqual(readLogLine(SUBSCRIBE, '1795313349: sound-1 1 gw/v1/sound-1/down/#'), {
    what: 'subscribed',
    clientId: 'sound-1',
    filter: 'gw/v1/sound-1/down/#',
  })
  assert.deepEqual(readLogLine('$SYS/broker/log/M/unsubscribe', '1795313349: sound-1 gw/v1/sound-1/down/#'), {
    what: 'unsubscribed',
    clientId: 'sound-1',
    filter: 'gw/v1/sound-1/down/#',
  })
  for (const line of [
    'Client sound-1 disconnected.',
    'Client sound-1 closed its connection.',
    'Client sound-1 has exceeded timeout, disconnecting.',
    'Client sound-1 disconnected due to protocol error.',
    'Bad socket read/write on client sound-1: Unknown error.',
    'Socket error on client sound-1, disconnecting.',
  ]) {
    assert.deepEqual(readLogLine(N, `1795313350: ${line}`), { what: 'gone', clientId: 'sound-1', address: null }, line)
  }
  const newer = readLogLine(N, '1795313350: Client sound-1 [127.0.0.1:47742] disconnected.')
  assert.deepEqual(newer, { what: 'gone', clientId: 'sound-1', address })
})

test('what a stranger can bring Mosquitto to say is not believed', () => {
  for (const line of [
    'Client <unknown> disconnected, not authorised.',
    'Client sound-1 disconnected, not authorised.',
    'Client sound-1 [127.0.0.1:1] disconnected: not authorised.',
    'Client sound-1 disconnected. disconnected, not authorised',
    'Client x Client sound-1 disconnected. disconnected.',
    "New client connected from 127.0.0.1:1 as sound-1 (p2, c1, k60, u'sound-2').",
    'New client connected from 127.0.0.1:1 as sound-1 (p2, c1, k60).',
    'New connection from 127.0.0.1:47742 on port 1883.',
    'Client SOUND disconnected.',
    '',
  ]) {
    assert.equal(readLogLine(N, `1795313350: ${line}`), null, line)
  }
  assert.equal(readLogLine(SUBSCRIBE, '1: SOUND 1 x'), null)
})
