import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ScriptedGateway } from './scripted-gateway.ts'
import { ADD_TERMINAL, cli, json, shop } from './support.ts'

describe('a gateway that goes away with the question', { concurrency: 2 }, () => {
  for (const [what, goes] of [
    ['closes the connection', 'destroy'],
    ['ends without an answer', 'end'],
  ] as const) {
    it(`${what}: a list is read from the ledger itself; a change is not said twice`, async () => {
      const folder = shop()
      await json(folder, ADD_TERMINAL)
      await using gateway = await ScriptedGateway.open(folder, (_, response) => {
        response.flushHeaders()
        response[goes]()
        gateway.leave()
      })
      const list = await cli(folder, ['terminals', 'list', '--json'])
      assert.equal(list.code, 0, list.stderr)
      assert.equal(JSON.parse(list.stdout).length, 1)
    })
  }

  it('arguments that cannot be right are refused before any gateway is asked, in words of one sentence', async () => {
    const folder = shop()
    await json(folder, ADD_TERMINAL)
    const [amount, lookup, holder, name] = await Promise.all([
      cli(folder, ['orders', 'create', '--terminal', 'T1', '--amount', '0']),
      cli(folder, ['lookup', '--terminal', 'T1', '--order', '']),
      cli(folder, [...ADD_TERMINAL.slice(0, -1), '']),
      cli(folder, [...ADD_TERMINAL, '--name', 'x'.repeat(101)]),
    ])
    for (const [ended, words] of [
      [amount, /it should be 1 đồng or more/],
      [lookup, /^vietqr-gateway: order: is empty; name what to ask about$/m],
      [holder, /^vietqr-gateway: holder: is empty$/m],
      [name, /^vietqr-gateway: name: has more than 100 characters$/m],
    ] as const) {
      assert.equal(ended.code, 2, ended.stderr)
      assert.match(ended.stderr, words)
    }
  })
})
