import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { readBalanceChange } from '../../../protocol/vietqr/balance-change.ts'
import { readBoxNotification, readHandleBoxReply } from '../../../protocol/vietqr/box.ts'
import { fieldOf, MAX_DEPTH, MAX_PAYLOAD_BYTES, MessageError, parsePayload } from '../../../protocol/vietqr/json.ts'
import { readLookupReply } from '../../../protocol/vietqr/lookup.ts'
import { readQrAnswer } from '../../../protocol/vietqr/qr-answer.ts'
import { readTestCallbackReply } from '../../../protocol/vietqr/test-callback.ts'
import { box, bytes, documented, server } from '../samples/vietqr.ts'

const readers: readonly ((payload: Uint8Array) => unknown)[] = [
  readBalanceChange,
  readQrAnswer,
  readLookupReply,
  readTestCallbackReply,
  readHandleBoxReply,
  readBoxNotification,
]
const samples = [...Object.values(documented), ...Object.values(server), ...Object.values(box)]

/** Runs every reader; each may answer or refuse with a MessageError, and do nothing else. */
function survives(payload: Uint8Array): void {
  for (const read of readers) {
    try {
      read(payload)
    } catch (error) {
      assert.ok(error instanceof MessageError, `${read.name}: ${String(error)}`)
      assert.ok(error.message.length < 2000, error.message)
    }
  }
}

describe('no payload makes a reader do anything but answer or refuse', () => {
  it('any bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), survives), { numRuns: 500 })
  })

  it('any JSON', () => {
    fc.assert(
      fc.property(fc.json(), text => survives(bytes(text))),
      { numRuns: 500 },
    )
  })

  it('the messages of the host with any value in any field', () => {
    const value = fc.oneof(fc.jsonValue(), fc.double(), fc.constantFrom('C', 'null', '*****', '25,000', 1, 0, 'N17'))
    const names = [
      ...new Set(samples.flatMap(sample => [...sample.matchAll(/"(\w+)":/g)].map(match => match[1] ?? ''))),
    ]
    const fields = fc.dictionary(fc.constantFrom(...names, '__proto__', 'constructor'), value, { maxKeys: 4 })
    const list = fc.boolean()
    fc.assert(
      fc.property(fc.constantFrom(...samples), fields, list, (sample, changes, inList) => {
        const message: unknown = { ...JSON.parse(sample), ...changes }
        survives(bytes(JSON.stringify(inList ? [message, 0] : message)))
      }),
      { numRuns: 1500 },
    )
  })

  it('the messages of the host cut short or with a byte turned', () => {
    fc.assert(
      fc.property(fc.constantFrom(...samples), fc.nat(), fc.nat(255), fc.boolean(), (sample, at, byte, cut) => {
        const payload = bytes(sample)
        if (cut) return survives(payload.subarray(0, at % payload.length))
        payload[at % payload.length] = byte
        survives(payload)
      }),
      { numRuns: 1000 },
    )
  })

  it('a quarter of a million levels, very long texts, very many keys and rows', () => {
    survives(bytes('['.repeat(MAX_PAYLOAD_BYTES)))
    survives(bytes('{"a":'.repeat(50_000)))
    survives(bytes(`{"qrCode":"${'x'.repeat(200_000)}"}`))
    survives(bytes(`{"transType":"${'x'.repeat(200_000)}","bankAccount":"1","amount":"${'9'.repeat(40_000)}"}`))
    survives(bytes(`[${'{},'.repeat(80_000)}{}]`))
    survives(bytes(`{${Array.from({ length: 20_000 }, (_, i) => `"k${i}":1`).join(',')}}`))
  })

  it('an error quotes no account number', () => {
    const account = fc.stringMatching(/^[1-9]\d{7,14}$/)
    fc.assert(
      fc.property(account, fc.constantFrom<unknown>('X', null, {}), (bankAccount, transType) => {
        for (const value of [bankAccount, [bankAccount], { bankAccount }, Number(bankAccount) + 0.5]) {
          const payload = bytes(JSON.stringify({ bankAccount: value, amount: 'x', transType }))
          assert.throws(
            () => readBalanceChange(payload),
            (error: Error) => !error.message.includes(bankAccount),
          )
        }
      }),
    )
    const broken = bytes('{"bankAccount":"1234567890",}')
    assert.throws(
      () => readBalanceChange(broken),
      (error: Error) => !JSON.stringify([error.message, error.cause]).includes('1234567890'),
    )
  })
})

describe('a payload', () => {
  const parse = (payload: Uint8Array) => parsePayload(payload, 'message')

  it(`may have ${MAX_PAYLOAD_BYTES} bytes and not one more`, () => {
    assert.equal(parse(bytes('1'.padEnd(MAX_PAYLOAD_BYTES))), 1)
    assert.throws(() => parse(bytes('1'.padEnd(MAX_PAYLOAD_BYTES + 1))), {
      code: 'MALFORMED',
      message: /262145 bytes/,
    })
  })

  it(`may be ${MAX_DEPTH} levels deep and not one more; brackets in a text are no levels`, () => {
    const nested = (levels: number) => bytes('['.repeat(levels) + ']'.repeat(levels))
    assert.doesNotThrow(() => parse(nested(MAX_DEPTH)))
    assert.throws(() => parse(nested(MAX_DEPTH + 1)), { code: 'MALFORMED', message: /more than 32 levels/ })
    assert.equal(parse(bytes(JSON.stringify(`\\"${'['.repeat(100)}`))), `\\"${'['.repeat(100)}`)
    assert.deepEqual(parse(bytes(`[${'[],'.repeat(100)}[]]`)), new Array(101).fill([]))
  })

  it('must be UTF-8; a byte order mark is dropped', () => {
    assert.equal(parse(bytes('\ufeff"Phở"')), 'Phở')
    assert.throws(() => parse(Uint8Array.of(0x22, 0xff, 0x22)), { code: 'MALFORMED', message: /not UTF-8/ })
    assert.throws(() => parse(Uint8Array.of(0x22, 0xc3)), { code: 'MALFORMED', message: /not UTF-8/ })
    assert.throws(() => parse(new Uint8Array()), { code: 'MALFORMED', message: /it is empty/ })
  })

  it('with a key like __proto__ changes nothing but itself', () => {
    const value = Object(parse(bytes('{"__proto__":{"orderId":"X"},"constructor":1}')))
    assert.equal(fieldOf(value, 'orderId'), undefined)
    assert.equal(fieldOf(value, 'toString'), undefined)
    assert.equal(({} as Readonly<Record<string, unknown>>).orderId, undefined)
  })
})
