import type { Vnd } from '../money.ts'

const ONES = [
  ...['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten'],
  ...['eleven', 'twelve', 'thirteen', 'fourteen', 'fifteen', 'sixteen', 'seventeen', 'eighteen', 'nineteen'],
]
const TENS = ['', '', 'twenty', 'thirty', 'forty', 'fifty', 'sixty', 'seventy', 'eighty', 'ninety']
const SCALES = [
  [1e9, 'billion'],
  [1e6, 'million'],
  [1000, 'thousand'],
  [1, ''],
] as const

/** The amount in English words, without the unit: 25 000 is “twenty-five thousand”. */
export function readAmountInEnglish(amount: Vnd): string {
  if (amount === 0) return 'zero'
  const groups = SCALES.flatMap(([scale, name]) => {
    const group = Math.floor(amount / scale) % 1000
    return group === 0 ? [] : [name === '' ? threeDigits(group) : `${threeDigits(group)} ${name}`]
  })
  return groups.join(' ')
}

function threeDigits(group: number): string {
  const hundreds = Math.floor(group / 100)
  const rest = group % 100
  const parts = hundreds > 0 ? [`${ONES[hundreds]} hundred`] : []
  if (rest > 0) parts.push(rest < 20 ? `${ONES[rest]}` : twoDigits(rest))
  return parts.join(' ')
}

function twoDigits(value: number): string {
  const tens = TENS[Math.floor(value / 10)]
  return value % 10 === 0 ? `${tens}` : `${tens}-${ONES[value % 10]}`
}
