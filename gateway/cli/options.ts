import { InvalidArgumentError, Option } from 'commander'
import { AmountError, parseAmount, type Vnd } from '../../protocol/money.ts'

/** Options that several commands have. Their values are refused here, before anything is loaded or opened. */

const DEFAULT_LIMIT = 100

/** `--limit N` of every list. */
export function limitOption(): Option {
  return new Option('--limit <n>', 'the most entries to show, newest first; 0 for all')
    .default(DEFAULT_LIMIT)
    .argParser(wholeNumber)
}

export interface ListOptions {
  readonly limit: number
}

function wholeNumber(text: string): number {
  const number = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
  if (Number.isNaN(number)) throw new InvalidArgumentError('It must be a whole number, or 0 for all.')
  return number
}

/** A share out of a hundred. */
export function percentArgument(text: string): number {
  const number = /^\d{1,3}$/.test(text) ? Number(text) : Number.NaN
  if (!(number <= 100)) throw new InvalidArgumentError('It must be a whole number from 0 to 100.')
  return number
}

/** The text of `--amount` as money. */
export function amountArgument(text: string): Vnd {
  try {
    const amount = parseAmount(text)
    if (amount < 1) throw new AmountError('the amount is 0; it should be 1 đồng or more')
    return amount
  } catch (error) {
    if (error instanceof AmountError) throw new InvalidArgumentError(`${error.message}.`)
    throw error
  }
}

const UNITS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** The text of a duration in milliseconds. */
export function durationArgument(text: string): number {
  const [, count = '', unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? []
  const milliseconds = Number(count) * (UNITS[unit] ?? 0)
  if (milliseconds > 0) return milliseconds
  throw new InvalidArgumentError('It must be a number and a unit: 90s, 30m, 24h, 7d.')
}
