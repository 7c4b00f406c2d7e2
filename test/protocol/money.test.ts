import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { AmountError, formatVnd, groupDigits, parseAmount, vnd } from '../../protocol/money.ts'

function refusal(input: unknown): string {
  try {
    return assert.fail(`${String(input)} was read as ${parseAmount(input)}`)
  } catch (error) {
    if (!(error instanceof AmountError)) throw error
    assert.equal(error.code, 'AMOUNT_INVALID')
    return error.message
  }
}

describe('an amount from outside', () => {
  const same: readonly (readonly [unknown, number])[] = [
    [25000, 25000],
    [25000.0, 25000],
    [0, 0],
    [-0, 0],
    [25000n, 25000],
    ['25000', 25000],
    ['25000.0', 25000],
    ['25000.00', 25000],
    ['25,000', 25000],
    ['1,234,567.0', 1234567],
    [' 25000 ', 25000],
    ['0025000', 25000],
    ['999999999999', 999_999_999_999],
  ]
  for (const [input, amount] of same) {
    it(`${typeof input} ${JSON.stringify(String(input))} is ${amount} đồng`, () => {
      assert.ok(Object.is(parseAmount(input), amount))
    })
  }

  const refused: readonly (readonly [unknown, RegExp])[] = [
    ['25.000', /read in two ways/],
    ['1.234.567', /read in two ways/],
    ['1,234.000', /read in two ways/],
    [25000.5, /25000\.5 has a fraction/],
    ['25000.5', /"25000\.5" has a fraction/],
    ['25.5k', /"25\.5k" is not a number/],
    ['25 000', /is not a number/],
    ['1e5', /is not a number/],
    ['+25000', /is not a number/],
    ['２５', /is not a number/],
    ['25,00', /comma in an odd place/],
    ['0,25,000', /comma in an odd place/],
    [Number.NaN, /the amount is NaN/],
    [Number.POSITIVE_INFINITY, /the amount is Infinity/],
    [-1, /-1 is negative/],
    ['-25000', /"-25000" is negative/],
    [-1n, /-1 is negative/],
    [1e21, /1e\+21 is too large/],
    ['1000000000000', /1000000000000 is too large/],
    [10n ** 30n, /too large/],
    ['*****', /masked with asterisks/],
    ['null', /the word "null"/],
    ['', /an empty text/],
    ['  ', /an empty text/],
    [true, /the amount is true/],
    [null, /the amount is null/],
    [undefined, /the amount is missing/],
    [{}, /the amount is an object/],
    [[25000], /the amount is a list/],
    ['\u009b31m\u202e', /"\\u\{9b\}31m\\u\{202e\}" is not a number/],
  ]
  for (const [input, sentence] of refused) {
    it(`${typeof input} ${JSON.stringify(String(input))} is refused: ${sentence.source}`, () => {
      assert.match(refusal(input), sentence)
    })
  }

  it('is never anything but a whole number, 0 or more, whatever comes', () => {
    const nearly = fc.stringMatching(/^[-+ ]?[0-9]{0,13}[.,]?[0-9*]{0,4}[k ]?$/)
    fc.assert(
      fc.property(fc.oneof(fc.anything(), fc.double(), fc.bigInt(), nearly), input => {
        try {
          const amount = parseAmount(input)
          assert.ok(Number.isSafeInteger(amount) && amount >= 0 && amount <= 999_999_999_999)
        } catch (error) {
          assert.ok(error instanceof AmountError, String(error))
        }
      }),
      { numRuns: 2000 },
    )
  })

  it('is read back from every form it is written in', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 999_999_999_999 }), n => {
        for (const form of [n, String(n), `${n}.0`, groupDigits(vnd(n)), BigInt(n)]) assert.equal(parseAmount(form), n)
      }),
    )
  })

  it('is refused in a short sentence, however long the text', () => {
    assert.ok(refusal('x'.repeat(1_000_000)).length < 200)
    assert.ok(refusal('9'.repeat(1_000_000)).length < 200)
  })
})

describe('an amount of the program itself', () => {
  it('is taken at the limits and refused beyond them', () => {
    assert.equal(vnd(0), 0)
    assert.equal(vnd(999_999_999_999), 999_999_999_999)
    assert.throws(() => vnd(-1), AmountError)
    assert.throws(() => vnd(1_000_000_000_000), AmountError)
    assert.throws(() => vnd(0.5), AmountError)
  })

  it('is written for boxes with commas and for people with dots', () => {
    assert.deepEqual(
      [0, 999, 25_000, 1_234_567].map(n => groupDigits(vnd(n))),
      ['0', '999', '25,000', '1,234,567'],
    )
    assert.deepEqual(
      [0, 999, 25_000, 1_234_567].map(n => formatVnd(vnd(n))),
      ['0 đ', '999 đ', '25.000 đ', '1.234.567 đ'],
    )
  })
})
