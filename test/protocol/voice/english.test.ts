import assert from 'node:assert/strict'
import { test } from 'node:test'
import { vnd } from '../../../protocol/money.ts'
import { readAmountInEnglish } from '../../../protocol/voice/english.ts'

const VECTORS: [amount: number, words: string][] = [
  [0, 'zero'],
  [1, 'one'],
  [10, 'ten'],
  [15, 'fifteen'],
  [19, 'nineteen'],
  [20, 'twenty'],
  [21, 'twenty-one'],
  [99, 'ninety-nine'],
  [100, 'one hundred'],
  [105, 'one hundred five'],
  [1000, 'one thousand'],
  [25_000, 'twenty-five thousand'],
  [200_000, 'two hundred thousand'],
  [1_000_500, 'one million five hundred'],
  [1_500_000, 'one million five hundred thousand'],
  [12_345_678, 'twelve million three hundred forty-five thousand six hundred seventy-eight'],
  [2_005_000_000, 'two billion five million'],
  [
    999_999_999_999,
    'nine hundred ninety-nine billion nine hundred ninety-nine million nine hundred ninety-nine thousand nine hundred ninety-nine',
  ],
]

for (const [amount, words] of VECTORS) {
  test(`${amount}: ${words}`, () => assert.equal(readAmountInEnglish(vnd(amount)), words))
}
