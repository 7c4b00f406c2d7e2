import assert from 'node:assert/strict'
import { once } from 'node:events'
import net from 'node:net'
import { test } from 'node:test'
import { LoneGateway } from '../../support/lone-gateway.ts'
import { Visitor } from './visitor.ts'

const DRIPPING = 900
const ANNOUNCING = 99
/** Opened at once. */
const BATCH = 33
const MIB = 1024 * 1024

/** A CONNECT that is never finished: its first bytes, said one at a time. */
const DRIP = Buffer.from([0x10, 0xff, 0x1e, 0x00, 0x04, 0x4d, 0x51, 0x54, 0x54, 0x04])
/** A packet of 256 MB announced. */
const HUGE = Buffer.from([0x10, 0xff, 0xff, 0xff, 0x7f])

class Crowd implements Disposable {
  readonly sockets: net.Socket[] = []
  #said = 0

  async grow(port: number, count: number): Promise<void> {
    for (let one = 0; one < count; one += BATCH) {
      const some = Array.from({ length: Math.min(BATCH, count - one) }, () => net.connect({ host: '127.0.0.1', port }))
      for (const socket of some) socket.on('error', () => undefined)
      this.sockets.push(...some)
      await Promise.all(some.map(socket => once(socket, 'connect')))
    }
  }

  drip(): void {
    for (const socket of this.sockets) socket.write(DRIP.subarray(this.#said, this.#said + 1))
    this.#said += 1
  }

  async allEnd(): Promise<void> {
    // `once` would reject with the reset that comes before.
    const ended = (socket: net.Socket): Promise<void> => new Promise(resolve => socket.once('close', () => resolve()))
    await Promise.all(this.sockets.filter(({ closed }) => !closed).map(ended))
  }

  get open(): number {
    return this.sockets.filter(({ closed }) => !closed).length
  }

  [Symbol.dispose](): void {
    for (const socket of this.sockets) socket.destroy()
  }
}

async function enter(gateway: LoneGateway, deviceId: string): Promise<Visitor> {
  const login = { clientId: deviceId, username: deviceId, password: `pw-${deviceId}` }
  const visitor = await Visitor.enter(gateway.port, login)
  await visitor.subscribe(`gw/v1/${deviceId}/down/#`)
  return visitor
}

/** Some sockets announce a huge packet and are cut. */
async function announce(gateway: LoneGateway): Promise<void> {
  using crowd = new Crowd()
  await crowd.grow(gateway.port, BATCH)
  for (const socket of crowd.sockets) socket.write(HUGE)
  await crowd.allEnd()
}

/** The device asks, and waits for its answer; the visitor's own deadline is the measure. */
async function askAndHear(device: Visitor, deviceId: string, requestId: string): Promise<void> {
  await device.publish(`gw/v1/${deviceId}/up/order`, JSON.stringify({ requestId, amount: 1000 }))
  await device.until(() => device.received.some(({ text }) => text.includes(`"requestId":"${requestId}"`)))
}

test('a thousand sockets that drip or announce 256 MB cost less than 10 MiB, and paired devices are served meanwhile', async () => {
  await using gateway = await LoneGateway.create(['pos-1', 'pos-2'])
  // What is thrown away at once is no cost of a connection; with a small nursery it does not look like one.
  await gateway.start({ env: { NODE_OPTIONS: '--max-semi-space-size=1' } })
  const paired = await enter(gateway, 'pos-1')
  await askAndHear(paired, 'pos-1', 'before')
  // What every program takes the first time it does something is no cost of a thousand sockets either.
  await announce(gateway)
  for (let round = 0; round < 30; round += 1) {
    await askAndHear(paired, 'pos-1', `warm-${round}`)
    await gateway.metric('process_resident_memory_bytes')
  }
  const before = await gateway.metric('process_resident_memory_bytes')

  using dripping = new Crowd()
  await dripping.grow(gateway.port, DRIPPING)
  for (let byte = 0; byte < 3; byte += 1) {
    dripping.drip()
    await askAndHear(paired, 'pos-1', `drip-${byte}`)
  }
  const newcomer = await enter(gateway, 'pos-2')
  await askAndHear(newcomer, 'pos-2', 'newcomer')
  const during = await gateway.metric('process_resident_memory_bytes')
  assert.equal(dripping.open, DRIPPING)

  dripping.drip()
  for (let round = 0; round < ANNOUNCING / BATCH; round += 1) await announce(gateway)
  await askAndHear(paired, 'pos-1', 'after')
  const after = await gateway.metric('process_resident_memory_bytes')
  const cost = Math.max(during, after) - before
  assert.ok(cost < 10 * MIB, `${DRIPPING + ANNOUNCING} sockets cost ${(cost / MIB).toFixed(1)} MiB`)
  await Promise.all([paired.leave(), newcomer.leave()])
})
