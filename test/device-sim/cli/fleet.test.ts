import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { emptyFolder, SimProgram } from './sim-program.ts'

test('a fleet of every kind has each effect of each payment once, and says so', async () => {
  const folder = emptyFolder()
  const plan = `
for: 2s
terminals: 2
devices: { soundbox: 4, vending: 2, paybox: 2, countercall: 2, pos: 2 }
payments: { perSecond: 10 }
orders: { perSecond: 2 }
`
  writeFileSync(join(folder, 'fleet.yaml'), plan)
  const { code, stdout, stderr } = await new SimProgram(['fleet', 'fleet.yaml', '--report', 'r.json'], folder).end()
  assert.equal(code, 0, stderr)
  const report = JSON.parse(stdout)
  // Two boxes, a paybox and a till hear of each payment; of each order besides a counter, and its machine if it is one's.
  const { expected, came, missing, doubled, unfounded, payments, orders, devices } = report
  assert.deepEqual(
    { devices, payments, orders, missing, doubled, unfounded },
    {
      ...{ devices: 12, payments: 24, orders: 4, missing: 0, doubled: 0, unfounded: 0 },
    },
  )
  assert.ok(expected >= 24 * 4 + 4 && expected <= 24 * 4 + 8, String(expected))
  assert.equal(came, expected)
  assert.match(stderr, /1 s: \d+ orders, \d+ payments, \d+ of \d+ effects, 0 doubled/)
  assert.equal(readFileSync(join(folder, 'r.json'), 'utf8'), stdout)
})

test('a fleet file that cannot be is refused before anything is started', async () => {
  const folder = emptyFolder()
  writeFileSync(join(folder, 'odd.yaml'), 'devices: { soundbox: many }')
  const { code, stderr } = await new SimProgram(['fleet', 'odd.yaml'], folder).end()
  assert.equal(code, 2)
  assert.match(stderr, /odd\.yaml: devices\.soundbox: should be a whole number/)
})
