import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { doReadNumber, ReadingConfig } from 'read-vietnamese-number'
import { vnd } from '../../../protocol/money.ts'
import { amountClips, readAmount } from '../../../protocol/voice/amount.ts'

const BOTH_REGIONS: [amount: number, words: string][] = [
  [0, 'không'],
  [1, 'một'],
  [4, 'bốn'],
  [5, 'năm'],
  [10, 'mười'],
  [11, 'mười một'],
  [14, 'mười bốn'],
  [15, 'mười lăm'],
  [21, 'hai mươi mốt'],
  [24, 'hai mươi tư'],
  [25, 'hai mươi lăm'],
  [44, 'bốn mươi tư'],
  [110, 'một trăm mười'],
  [115, 'một trăm mười lăm'],
  [200, 'hai trăm'],
  [1_000_000, 'một triệu'],
  [10_000_000, 'mười triệu'],
  [21_000_000, 'hai mươi mốt triệu'],
  [1_000_000_000, 'một tỷ'],
]

const BY_REGION: [amount: number, north: string, south: string][] = [
  [101, 'một trăm linh một', 'một trăm lẻ một'],
  [104, 'một trăm linh bốn', 'một trăm lẻ bốn'],
  [105, 'một trăm linh năm', 'một trăm lẻ năm'],
  [1000, 'một nghìn', 'một ngàn'],
  [1005, 'một nghìn không trăm linh năm', 'một ngàn không trăm lẻ năm'],
  [1010, 'một nghìn không trăm mười', 'một ngàn không trăm mười'],
  [1024, 'một nghìn không trăm hai mươi tư', 'một ngàn không trăm hai mươi tư'],
  [15_000, 'mười lăm nghìn', 'mười lăm ngàn'],
  [21_000, 'hai mươi mốt nghìn', 'hai mươi mốt ngàn'],
  [25_000, 'hai mươi lăm nghìn', 'hai mươi lăm ngàn'],
  [25_500, 'hai mươi lăm nghìn năm trăm', 'hai mươi lăm ngàn năm trăm'],
  [50_005, 'năm mươi nghìn không trăm linh năm', 'năm mươi ngàn không trăm lẻ năm'],
  [105_000, 'một trăm linh năm nghìn', 'một trăm lẻ năm ngàn'],
  [124_000, 'một trăm hai mươi tư nghìn', 'một trăm hai mươi tư ngàn'],
  [155_000, 'một trăm năm mươi lăm nghìn', 'một trăm năm mươi lăm ngàn'],
  [200_000, 'hai trăm nghìn', 'hai trăm ngàn'],
  [500_000, 'năm trăm nghìn', 'năm trăm ngàn'],
  [
    999_999,
    'chín trăm chín mươi chín nghìn chín trăm chín mươi chín',
    'chín trăm chín mươi chín ngàn chín trăm chín mươi chín',
  ],
  [1_000_500, 'một triệu không nghìn năm trăm', 'một triệu không ngàn năm trăm'],
  [1_005_000, 'một triệu không trăm linh năm nghìn', 'một triệu không trăm lẻ năm ngàn'],
  [1_050_000, 'một triệu không trăm năm mươi nghìn', 'một triệu không trăm năm mươi ngàn'],
  [1_500_000, 'một triệu năm trăm nghìn', 'một triệu năm trăm ngàn'],
  [
    12_345_678,
    'mười hai triệu ba trăm bốn mươi lăm nghìn sáu trăm bảy mươi tám',
    'mười hai triệu ba trăm bốn mươi lăm ngàn sáu trăm bảy mươi tám',
  ],
  [
    101_001_001,
    'một trăm linh một triệu không trăm linh một nghìn không trăm linh một',
    'một trăm lẻ một triệu không trăm lẻ một ngàn không trăm lẻ một',
  ],
  [1_000_000_500, 'một tỷ không nghìn năm trăm', 'một tỷ không ngàn năm trăm'],
  [2_005_000_000, 'hai tỷ không trăm linh năm triệu', 'hai tỷ không trăm lẻ năm triệu'],
]

/** An independent reader, told our spelling. It leaves “không nghìn” out, which is where we differ on purpose. */
function oracle(amount: number, region: 'north' | 'south'): string {
  const config = new ReadingConfig()
  config.unit = []
  config.units = [[], [region === 'north' ? 'nghìn' : 'ngàn'], ['triệu'], ['tỷ']]
  config.oddText = region === 'north' ? 'linh' : 'lẻ'
  return doReadNumber(String(amount), config)
}

const regions = fc.constantFrom('north' as const, 'south' as const)
/** All sizes alike, and groups of zeros often: that is where readings go wrong. */
const amounts = fc
  .array(fc.oneof(fc.constantFrom(0, 1, 4, 5, 10, 15, 21, 100, 105, 500), fc.integer({ min: 0, max: 999 })), {
    minLength: 1,
    maxLength: 4,
  })
  .map(groups => vnd(groups.reduce((amount, group) => amount * 1000 + group, 0)))

describe('amounts in words', () => {
  for (const [amount, words] of BOTH_REGIONS) {
    test(`${amount}: ${words}`, () => {
      assert.equal(readAmount(vnd(amount), 'north'), words)
      assert.equal(readAmount(vnd(amount), 'south'), words)
    })
  }
  for (const [amount, north, south] of BY_REGION) {
    test(`${amount}: ${north} / ${south}`, () => {
      assert.equal(readAmount(vnd(amount), 'north'), north)
      assert.equal(readAmount(vnd(amount), 'south'), south)
    })
  }

  test('the greatest amount there is', () => {
    const nines = 'chín trăm chín mươi chín'
    assert.equal(readAmount(vnd(999_999_999_999), 'north'), `${nines} tỷ ${nines} triệu ${nines} nghìn ${nines}`)
  })

  test('they agree with an independent reader but for “không nghìn”', () => {
    fc.assert(
      fc.property(amounts, regions, (amount, region) => {
        const words = readAmount(amount, region).replace(/ không (nghìn|ngàn)/, '')
        assert.equal(words, oracle(amount, region))
      }),
      { numRuns: 5000 },
    )
  })

  test('“không nghìn” is said exactly when thousands are missing between what is said', () => {
    fc.assert(
      fc.property(amounts, regions, (amount, region) => {
        const missing = amount > 999_999 && Math.floor(amount / 1000) % 1000 === 0 && amount % 1000 !== 0
        assert.equal(/không (nghìn|ngàn)/.test(readAmount(amount, region)), missing)
      }),
      { numRuns: 2000 },
    )
  })

  test('two amounts never sound alike', () => {
    const seen = new Map<string, number>()
    const check = (amount: number) => {
      const words = readAmount(vnd(amount), 'north')
      assert.equal(seen.get(words) ?? amount, amount, words)
      seen.set(words, amount)
    }
    for (let amount = 0; amount <= 20_000; amount++) check(amount)
    for (let thousands = 21; thousands <= 9999; thousands++)
      for (const rest of [0, 5, 500]) check(thousands * 1000 + rest)
  })
})

describe('clips', () => {
  test('ids name the words, apart from those that differ by tone', () => {
    assert.deepEqual(amountClips(vnd(25_000), 'north'), ['hai', 'muoi2', 'lam', 'nghin'])
    assert.deepEqual(amountClips(vnd(11), 'north'), ['muoi', 'mot'])
    assert.deepEqual(amountClips(vnd(21), 'north'), ['hai', 'muoi2', 'mot2'])
    assert.deepEqual(amountClips(vnd(105_000), 'south'), ['mot', 'tram', 'le', 'nam', 'ngan'])
    assert.deepEqual(amountClips(vnd(0), 'north'), ['khong'])
  })

  test('there is one clip a word and one word a clip', () => {
    const wordOf = new Map<string, string>()
    const clipOf = new Map<string, string>()
    fc.assert(
      fc.property(amounts, regions, (amount, region) => {
        const words = readAmount(amount, region).split(' ')
        const clips = amountClips(amount, region)
        assert.equal(clips.length, words.length)
        clips.forEach((clip, index) => {
          const word = words[index] ?? ''
          assert.match(clip, /^[a-z]+2?$/)
          assert.equal(wordOf.get(clip) ?? word, word)
          assert.equal(clipOf.get(word) ?? clip, clip)
          wordOf.set(clip, word)
          clipOf.set(word, clip)
        })
      }),
      { numRuns: 2000 },
    )
    assert.equal(wordOf.size, 22)
  })
})
