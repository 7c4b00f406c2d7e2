import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { z } from 'zod'
import {
  javaBoolean,
  javaInteger,
  javaList,
  javaLong,
  javaString,
  readJackson,
} from '../../../device-sim/host/jackson.ts'
import { Refusal } from '../../../device-sim/host/refusal.ts'

const schema = z.strictObject({
  long: javaLong,
  int: javaInteger,
  text: javaString,
  flag: javaBoolean,
  list: javaList(z.strictObject({ name: javaString })),
})
const read = (text: string) => readJackson(schema, Buffer.from(text))
const nothing = { long: null, int: null, text: null, flag: null, list: null }

describe("the server's JSON reader", () => {
  const taken: readonly (readonly [string, object | null])[] = [
    ['{}', nothing],
    ['{"long":25000}', { ...nothing, long: 25000 }],
    ['{"long":"25000"}', { ...nothing, long: 25000 }],
    ['{"long":" 25000 "}', { ...nothing, long: 25000 }],
    ['{"long":25000.0}', { ...nothing, long: 25000 }],
    ['{"long":25000.9}', { ...nothing, long: 25000 }],
    ['{"long":2.5e4}', { ...nothing, long: 25000 }],
    ['{"long":-1}', { ...nothing, long: -1 }],
    ['{"long":""}', nothing],
    ['{"long":null}', nothing],
    ['{"int":2147483647}', { ...nothing, int: 2147483647 }],
    ['{"text":"a"}', { ...nothing, text: 'a' }],
    ['{"text":""}', { ...nothing, text: '' }],
    ['{"text":25000}', { ...nothing, text: '25000' }],
    ['{"text":25000.0}', { ...nothing, text: '25000.0' }],
    ['{"text":true}', { ...nothing, text: 'true' }],
    ['{"flag":false}', { ...nothing, flag: false }],
    ['{"flag":"true"}', { ...nothing, flag: true }],
    ['{"list":[]}', { ...nothing, list: [] }],
    ['{"list":[{}]}', { ...nothing, list: [{ name: null }] }],
    ['{"list":[{"name":1}]}', { ...nothing, list: [{ name: '1' }] }],
    ['{"text":"a","text":"b"}', { ...nothing, text: 'b' }],
    ['\uFEFF{"text":"a"}', { ...nothing, text: 'a' }],
    ['{"text":"}"} and more', { ...nothing, text: '}' }],
    ['{"text":"\\"}"}{', { ...nothing, text: '"}' }],
    ['null', null],
  ]
  for (const [text, value] of taken) it(`takes ${text}`, () => assert.deepEqual(read(text), value))

  const rejected = [
    '',
    '[]',
    '"text"',
    '5',
    '{',
    '{"text":}',
    '{"long":"25000.0"}',
    '{"long":"25,000"}',
    '{"long":true}',
    '{"long":[1]}',
    '{"long":9223372036854775808}',
    '{"int":2147483648}',
    '{"text":{}}',
    '{"text":[]}',
    '{"flag":"yes"}',
    '{"list":{"name":"a"}}',
    '{"list":""}',
    '{"list":["a"]}',
    '{"list":[{"info":"a"}]}',
    '{"Text":"a"}',
    '{"other":1}',
  ]
  for (const text of rejected) {
    it(`rejects ${text === '' ? 'an empty payload' : text}`, () => assert.throws(() => read(text), Refusal))
  }

  it('says which field it does not know', () => {
    assert.throws(() => read('{"requestId":1}'), { message: /unknown field requestId/ })
    assert.throws(() => read('{"list":[{"info":1}]}'), { message: /unknown field list\.0\.info/ })
  })
})
