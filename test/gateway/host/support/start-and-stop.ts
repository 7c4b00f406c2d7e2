/** A program that starts a session with the host named, stops it when it is up or has failed, and ends when nothing is left open. */
import { systemClock } from '../../../../gateway/clock.ts'
import { MqttSession } from '../../../../gateway/host/mqtt-session.ts'

const happened = Promise.withResolvers<void>()
const session = new MqttSession(
  { url: process.argv[2] ?? '', clientId: 'vietqr-gateway-test', clean: true, keepaliveSeconds: 60 },
  { message: () => Promise.resolve(), linkUp: happened.resolve, linkDown: () => happened.resolve() },
  systemClock,
  { info() {}, warn() {}, error() {} },
)
await session.start()
await happened.promise
const { up } = session
await session.stop()
process.stdout.write(up ? 'was up' : 'was down')
