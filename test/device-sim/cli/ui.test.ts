import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EventReader } from '../ui/event-reader.ts'
import { SimProgram } from './sim-program.ts'

test('ui opens a shop with every native kind, serves its page, and ends when told to', async () => {
  await using program = new SimProgram(['ui'])
  const { page, control } = await program.prints(line => line.ready === true, 'the page is open', 60_000)
  assert.match(String(page), /^http:\/\/127\.0\.0\.1:\d+\/$/)
  assert.match(await (await fetch(String(page))).text(), /<main id="shop">/)
  assert.deepEqual(await (await fetch(`${control}/orders`)).json(), [])
  await using events = await EventReader.open(`${page}events`)
  const kinds = ['vending', 'paybox', 'soundbox', 'countercall', 'pos']
  assert.partialDeepStrictEqual(await events.first('shop'), { devices: kinds.map(kind => ({ kind, online: true })) })
  assert.equal((await program.stop()).code, 0)
})

test('ui refuses a port that cannot be', async () => {
  const { code, stderr } = await new SimProgram(['ui', '--port', '65536']).end()
  assert.equal(code, 2)
  assert.match(stderr, /0 to 65535/)
})
