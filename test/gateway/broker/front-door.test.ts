import assert from 'node:assert/strict'
import { once } from 'node:events'
import net from 'node:net'
import { type TestContext, test } from 'node:test'
import mqttPacket from 'mqtt-packet'
import { FrontDoor } from '../../../gateway/broker/front-door.ts'
import { connectPacket } from './support.ts'

/** Both ends of one connection. */
async function connection(t: TestContext): Promise<{ readonly peer: net.Socket; readonly socket: net.Socket }> {
  const server = net.createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  assert.ok(address !== null && typeof address === 'object')
  const accepted = once(server, 'connection')
  const peer = net.connect({ host: '127.0.0.1', port: address.port, noDelay: true })
  peer.on('error', () => undefined)
  const [socket] = await accepted
  t.after(() => {
    peer.destroy()
    socket.destroy()
    server.close()
  })
  return { peer, socket }
}

const CONNECT = mqttPacket.generate(connectPacket('till-1', { clientId: `till-1.${'x'.repeat(900)}` }))

test('the socket is handed on with every byte, in order, once its CONNECT is whole', async t => {
  for (const step of [1, 7, 300, CONNECT.length - 1, CONNECT.length, CONNECT.length + 20]) {
    const { peer, socket } = await connection(t)
    const entered = new Promise<number>(resolve => FrontDoor.keep(socket, () => resolve(socket.bytesRead)))
    const bytes = Buffer.concat([CONNECT, Buffer.from('what follows the CONNECT at once')])
    for (let at = 0; at < bytes.length; at += step) {
      peer.write(bytes.subarray(at, at + step))
      await new Promise(setImmediate)
    }
    peer.end()
    assert.ok((await entered) >= CONNECT.length)
    const chunks: Buffer[] = []
    for await (const chunk of socket) chunks.push(chunk)
    assert.deepEqual(Buffer.concat(chunks), bytes, `in steps of ${step}`)
  }
})

test('one byte less is no CONNECT, and a socket that ends or begins otherwise is closed', async t => {
  for (const bytes of [CONNECT.subarray(0, -1), Buffer.from([0xc0, 0]), Buffer.from([0x10, 0xfe, 0x1f])]) {
    const { peer, socket } = await connection(t)
    let entered = false
    FrontDoor.keep(socket, () => {
      entered = true
    })
    peer.end(bytes)
    await once(socket, 'close')
    assert.equal(entered, false)
  }
})
