import type { TestContext } from 'node:test'
import { type Clock, systemClock } from '../../../../gateway/clock.ts'
import { MqttSession, type MqttSessionSettings } from '../../../../gateway/host/mqtt-session.ts'
import { RecordingOwner } from './recording-owner.ts'

const silentLog = { info() {}, warn() {}, error() {} }

/** A session under test with its owner; stopped when the test ends. */
export function sessionFor(
  test: TestContext,
  settings: Partial<MqttSessionSettings> & Pick<MqttSessionSettings, 'url'>,
  clock: Clock = systemClock,
): { session: MqttSession; owner: RecordingOwner } {
  const owner = new RecordingOwner()
  const whole = { clientId: 'vietqr-gateway-test', clean: true, keepaliveSeconds: 60, ...settings }
  const session = new MqttSession(whole, owner, clock, silentLog)
  test.after(() => session.stop())
  return { session, owner }
}

/** Draws the shortest waits before reconnects, for tests that are not about waiting; before the session is made. */
export function quickReconnects(test: TestContext): void {
  test.mock.method(Math, 'random', () => 0.01)
}
