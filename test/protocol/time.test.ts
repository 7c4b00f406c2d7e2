import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { epochSeconds, isoWithOffset, parseHostTime } from '../../protocol/time.ts'

describe('a time from the host', () => {
  const moment = Date.UTC(2024, 10, 21, 11, 53, 20)
  const read: readonly (readonly [unknown, number | null])[] = [
    ['21/11/2024 18:53:20', moment],
    [' 21/11/2024 18:53:20 ', moment],
    [moment / 1000, moment],
    [moment, moment],
    [String(moment / 1000), moment],
    [String(moment), moment],
    [1767844560000, 1767844560000],
    [1623039658, 1623039658000],
    [99_999_999_999, 99_999_999_999_000],
    [100_000_000_000, 100_000_000_000],
    ['29/02/2024 00:00:00', Date.UTC(2024, 1, 28, 17)],
    [0, null],
    ['0', null],
    ['', null],
    ['01/01/1970 07:00:00', null],
    ['29/02/2023 00:00:00', null],
    ['31/04/2024 00:00:00', null],
    ['00/01/2024 00:00:00', null],
    ['01/13/2024 00:00:00', null],
    ['01/01/2024 24:00:00', null],
    ['01/01/2024 23:60:00', null],
    ['01/01/0099 00:00:00', null],
    ['2024-05-1701:53', null],
    ['-5', null],
    [-5, null],
    [Number.NaN, null],
    [1e300, null],
    [null, null],
    [undefined, null],
    [true, null],
    [{}, null],
  ]
  for (const [value, ms] of read) {
    it(`${JSON.stringify(value) ?? 'nothing'} is ${ms === null ? 'no time' : new Date(ms).toISOString()}`, () => {
      assert.equal(parseHostTime(value), ms)
    })
  }

  it('is a moment after 1970 with a four-digit year or nothing, whatever comes', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.anything(), fc.double(), fc.stringMatching(/^\d\d\/\d\d\/\d{4} \d\d:\d\d:\d\d$/)),
        value => {
          const ms = parseHostTime(value)
          if (ms !== null) assert.match(isoWithOffset(ms), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+07:00$/)
        },
      ),
      { numRuns: 1000 },
    )
  })
})

describe('a time of the gateway', () => {
  it('is written as ISO 8601 with the offset of Vietnam', () => {
    assert.equal(isoWithOffset(Date.UTC(2024, 10, 21, 11, 53, 20)), '2024-11-21T18:53:20.000+07:00')
    assert.equal(isoWithOffset(Date.UTC(2024, 11, 31, 17, 0, 0, 7)), '2025-01-01T00:00:00.007+07:00')
  })

  it('is the same moment when read back', () => {
    fc.assert(fc.property(fc.integer({ min: 0, max: 2 ** 41 }), ms => assert.equal(Date.parse(isoWithOffset(ms)), ms)))
  })

  it('is whole seconds for devices', () => {
    assert.equal(epochSeconds(1_999), 1)
    assert.equal(epochSeconds(2_000), 2)
  })
})
