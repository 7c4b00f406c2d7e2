import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NotReachableError } from '../../../gateway/broker/device-bus.ts'
import { startBroker } from '../../gateway/broker/support.ts'
import { proveAccess } from './access-proof.ts'
import { WHOLE } from './access-size.ts'
import type { BrokerUnderTest } from './broker-under-test.ts'

const MUCH = { burst: 1_000_000, perSecond: 1_000_000 }

test('over ten thousand things devices try have the effects the contract has for them, and no others', async t => {
  // A proof is in more of a hurry than devices are let be.
  const { broker, owner, port } = await startBroker(t, { limits: { messages: MUCH, arrivals: MUCH } })
  const embedded: BrokerUnderTest = {
    port,
    password: deviceId => `pw-${deviceId}`,
    tell: (deviceId, path, text) =>
      broker.send(deviceId, path, text).catch(error => {
        if (!(error instanceof NotReachableError)) throw error
      }),
    taken: () => owner.heard,
    untilTaken: count => owner.until(() => owner.heard.length >= count),
    exceptions: {
      acknowledgesDenied: false,
      willsAnywhereUp: false,
      replacesClientIds: false,
    },
  }
  const { cases, problems, verdicts } = await proveAccess(embedded, 20_260_105, WHOLE)
  assert.deepEqual(problems.slice(0, 12), [])
  assert.ok(cases >= 10_000, `${cases} cases`)
  assert.ok(verdicts.allowed > 1_500 && verdicts.denied > 4_000, JSON.stringify(verdicts))
})
