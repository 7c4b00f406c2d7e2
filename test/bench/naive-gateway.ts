import { connectAsync } from 'mqtt'
import { SqliteLedger } from '../../gateway/ledger/sqlite/sqlite-ledger.ts'
import { readBalanceChange } from '../../protocol/vietqr/balance-change.ts'
import { HostTopics } from '../../protocol/vietqr/topics.ts'
import { END } from './payments.ts'

/**
 * A gateway as one would write it first: the same MQTT.js, the same ledger on the same disk, and for each message one commit, one
 * acknowledgement, then the next. It has no log, no devices and nothing else to do. Tells its parent when it listens, and
 * when the end of a burst is on disk.
 */
export async function runNaiveGateway(port: number, database: string): Promise<void> {
  const voice = { language: 'vi', region: 'north' } as const
  const ledger = SqliteLedger.open(database, { confirm: 'release', lateGraceMs: 0, voice })
  const topics = new HostTopics()
  const take = async (topic: string, payload: Uint8Array): Promise<void> => {
    const about = topics.parse(topic)
    if (about?.kind !== 'balanceChange') return
    const raw = { topic, payload, receivedAt: Date.now() }
    await ledger.payments.takeBalanceChange(about.terminalCode, readBalanceChange(payload), raw)
    if (about.terminalCode === END) process.send?.('end')
  }
  const client = await connectAsync(`mqtt://127.0.0.1:${port}`, { clientId: 'naive', clean: false, protocolVersion: 4 })
  // MQTT.js acknowledges when this calls back, and looks at the next message after that.
  client.handleMessage = (packet, acknowledge) => {
    if (packet.cmd !== 'publish' || typeof packet.payload === 'string') acknowledge()
    else take(packet.topic, packet.payload).then(() => acknowledge(), acknowledge)
  }
  process.once('disconnect', () => process.exit())
  await client.subscribeAsync('vietqr/bdsd/+', { qos: 1 })
  process.send?.('ready')
}
