import { deviceRoot } from '../../protocol/local/topics.ts'
import { password } from './shop.ts'
import { publishPacket, Wire } from './wire.ts'

/** What a box tells of itself. */
export interface BoxOwner {
  /** It has been told a sum for the first time. */
  heard(amount: number): void
  /** An id it knows was said again. */
  heardAgain(): void
  /** It answers. */
  answering(): void
  /** The broker has acknowledged an answer; the gateway's does so once the answer is on disk. */
  answered(): void
}

const REMEMBERED = 32

/** A sound box of the gateway: remembers the last 32 ids, and answers everything that has one with `done`. */
export async function openNativeBox(port: number, id: string, owner: BoxOwner): Promise<Wire> {
  const root = deviceRoot(id)
  const known = new Set<string>()
  const announcing = `${root}/down/announce`
  let answers = 0
  const wire = await Wire.open(port, { clientId: id, username: id, password: Buffer.from(password(id)) }, packet => {
    if (packet.cmd === 'puback') owner.answered()
    if (packet.cmd !== 'publish') return
    wire.acknowledge(packet)
    const message: { readonly id?: string; readonly amount?: number } = JSON.parse(packet.payload.toString())
    if (message.id === undefined) return
    const status = known.has(message.id) ? 'duplicate' : 'done'
    known.add(message.id)
    for (const oldest of known) if (known.size > REMEMBERED) known.delete(oldest)
    if (status === 'duplicate') owner.heardAgain()
    else if (packet.topic === announcing && message.amount !== undefined) owner.heard(message.amount)
    answers += 1
    owner.answering()
    wire.write(publishPacket(`${root}/up/ack`, JSON.stringify({ id: message.id, status }), answers))
  })
  await wire.subscribe(`${root}/down/#`)
  return wire
}

/** The same box on the bridge, where it hears the host's own words and its answers are heard by nobody. */
export async function openBridgedBox(port: number, id: string, topic: string, owner: BoxOwner): Promise<Wire> {
  let answers = 0
  const wire = await Wire.open(port, { clientId: id }, packet => {
    if (packet.cmd === 'puback') owner.answered()
    if (packet.cmd !== 'publish') return
    wire.acknowledge(packet)
    const message: { readonly referenceNumber: string; readonly amount: number } = JSON.parse(packet.payload.toString())
    owner.heard(message.amount)
    answers += 1
    owner.answering()
    const answer = { id: message.referenceNumber.slice(-26), status: 'done' }
    wire.write(publishPacket(`${deviceRoot(id)}/up/ack`, JSON.stringify(answer), answers))
  })
  await wire.subscribe(topic)
  return wire
}
