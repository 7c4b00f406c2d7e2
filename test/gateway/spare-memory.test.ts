import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { SpareMemory } from '../../gateway/spare-memory.ts'
import { LoneGateway } from '../support/lone-gateway.ts'
import { ManualClock } from '../support/manual-clock.ts'

const MIB = 1024 * 1024

/** A process of so many MiB, of which `free` can be given back. */
function processOf(resident: number, free: number) {
  const state = { busy: 0, resident, free, given: 0 }
  const clock = new ManualClock(0)
  const memory = new SpareMemory({
    clock,
    busy: () => state.busy,
    resident: () => state.resident * MIB,
    giveBack: () => {
      state.given += 1
      state.resident -= state.free
      state.free = 0
    },
  })
  memory.start()
  return { state, clock, memory }
}

test('memory is given back once after the start, and then only when the process has grown', async () => {
  const { state, clock, memory } = processOf(120, 20)
  await clock.advance(10_000)
  assert.deepEqual([state.resident, state.given], [100, 1])
  Object.assign(state, { resident: 105, free: 5 })
  await clock.advance(10_000)
  assert.equal(state.given, 1)
  Object.assign(state, { resident: 160, free: 55 })
  await clock.advance(10_000)
  assert.deepEqual([state.resident, state.given], [105, 2])
  memory.stop()
})

test('while the process is busy nothing is collected; afterwards it is', async () => {
  const { state, clock, memory } = processOf(160, 60)
  state.busy = 0.4
  await clock.advance(60_000)
  assert.equal(state.given, 0)
  state.busy = 0.01
  await clock.advance(4000)
  assert.equal(state.resident, 100)
  memory.stop()
})

test('a rush that begins just after a rest is not held up', async () => {
  const { state, clock, memory } = processOf(160, 60)
  await clock.advance(2000)
  state.busy = 0.03
  await clock.advance(1000)
  assert.equal(state.given, 0)
  state.busy = 0
  await clock.advance(4000)
  assert.equal(state.given, 1)
  memory.stop()
})

test('stopped, it looks no more', async () => {
  const { state, clock, memory } = processOf(160, 60)
  memory.stop()
  await clock.advance(60_000)
  assert.equal(state.given, 0)
})

test('a gateway as it is started gives back what its start has taken', async () => {
  await using gateway = await LoneGateway.create([])
  await gateway.start()
  const resident = (): Promise<number> => gateway.metric('process_resident_memory_bytes')
  const deadline = performance.now() + 20_000
  for (let most = 0, now = await resident(); now > most - 8 * MIB; now = await resident()) {
    most = Math.max(most, now)
    assert.ok(performance.now() < deadline, `it keeps ${now} of ${most} bytes`)
    await delay(1000)
  }
})
