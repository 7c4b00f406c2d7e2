import assert from 'node:assert/strict'
import { once } from 'node:events'
import net, { type AddressInfo, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { generate } from 'mqtt-packet'
import { ByteGuard } from '../../../gateway/broker/byte-guard.ts'
import { transportOver } from '../../../gateway/broker/transport-over.ts'
import { connectPacket } from './support.ts'

/** A guard around one end of a connection, and the other end. */
async function guarded(t: TestContext): Promise<{ readonly guard: ByteGuard; readonly device: Socket }> {
  const server = net.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const accepted = once(server, 'connection')
  const device = net.connect((server.address() as AddressInfo).port, '127.0.0.1')
  t.after(() => {
    device.destroy()
    server.close()
  })
  const [socket] = await accepted
  const guard = ByteGuard.around(socket, 10_000)
  guard.on('error', () => {})
  return { guard, device }
}

async function everything(device: Socket): Promise<string> {
  const chunks: Buffer[] = []
  device.on('data', chunk => chunks.push(chunk))
  device.on('error', () => {})
  await once(device, 'close')
  return Buffer.concat(chunks).toString()
}

test('what is written in one tick leaves whole and in its order', async t => {
  const { guard, device } = await guarded(t)
  const heard = everything(device)
  for (const part of ['one ', 'two ', 'three']) guard.write(part)
  guard.end()
  device.end()
  assert.equal(await heard, 'one two three')
})

test('what was written before a link is ended in the same tick still leaves', async t => {
  const { guard, device } = await guarded(t)
  const heard = everything(device)
  guard.write('before')
  transportOver(guard, 1000).destroy()
  assert.equal(await heard, 'before')
})

test('a device that leaves the answers to it unread is ended after the drain time', async t => {
  const { guard, device } = await guarded(t)
  device.pause()
  const transport = transportOver(guard, 100)
  const closed = once(guard, 'close', { signal: AbortSignal.timeout(5000) })
  // More than the kernel takes over.
  for (let part = 0; part < 400; part += 1) transport.answer(Buffer.alloc(64 * 1024))
  await assert.rejects(closed, /the device reads nothing/)
})

test('packets are offered before the library only while it has read all that came before', async t => {
  const { guard, device } = await guarded(t)
  const offered: string[] = []
  const arrives = (bytes: Buffer) => {
    const arrived = once(guard.socket, 'data', { signal: AbortSignal.timeout(5000) })
    device.write(bytes)
    return arrived
  }
  const connect = generate(connectPacket('till-1'))
  const [ping, puback] = [generate({ cmd: 'pingreq' }), generate({ cmd: 'puback', messageId: 1 })]
  // Asking for what is not there yet lets the socket flow.
  assert.equal(guard.read(), null)
  await arrives(connect)
  assert.deepEqual(guard.read(), connect)
  guard.loginAccepted(chunk => {
    offered.push(chunk.toString('hex'))
    return chunk[0] === puback[0] ? chunk.length : 0
  })
  await arrives(puback)
  assert.equal(guard.read(), null)
  await arrives(ping)
  await arrives(puback)
  assert.deepEqual(
    offered,
    [puback, ping].map(packet => packet.toString('hex')),
  )
  assert.deepEqual(guard.read(), Buffer.concat([ping, puback]))
})
