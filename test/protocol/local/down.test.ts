import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { storedPayload, toPayload } from '../../../protocol/local/down.ts'

const NOW = 1_790_000_000_000

const text = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom('"expiresAt":1', '\\"expiresAt\\":2,', '{"expiresAt":3}'),
)

const bodies = fc.record(
  {
    text,
    amount: fc.nat(),
    error: fc.record({ code: fc.constant('EXPIRED'), message: text }),
    expiresAt: fc.integer({ min: NOW / 1000 - 100, max: NOW / 1000 + 100_000 }),
    language: fc.constantFrom('vi', 'en'),
  },
  { requiredKeys: [] },
)

test('a body goes out whole, with its id before it and the time that is left behind it, whatever its texts say', () => {
  fc.assert(
    fc.property(fc.string(), bodies, (id, body) => {
      const payload = toPayload(id, body, NOW + 500)
      const ttl = body.expiresAt === undefined ? {} : { ttl: Math.max(0, body.expiresAt - NOW / 1000) }
      assert.equal(payload, JSON.stringify({ id, ...body, ...ttl }))
      assert.equal(storedPayload(id, JSON.stringify(body), NOW + 500), payload)
    }),
  )
})

test('nothing goes out with less than no time left', () => {
  const late = storedPayload('01J', JSON.stringify({ text: 'x', expiresAt: NOW / 1000 - 5 }), NOW)
  assert.deepEqual(JSON.parse(late), { id: '01J', text: 'x', expiresAt: NOW / 1000 - 5, ttl: 0 })
})
