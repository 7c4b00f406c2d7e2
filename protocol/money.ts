import { shown } from './shown.ts'

declare const unit: unique symbol

/** An amount of money: whole Vietnamese đồng, 0 … 999 999 999 999. Made only by {@link vnd} and {@link parseAmount}. */
export type Vnd = number & { readonly [unit]: 'VND' }

const MAX_VND = 999_999_999_999

/** A value that is not an amount of money, or that could be read as two different amounts. */
export class AmountError extends Error {
  override readonly name = 'AmountError'
  readonly code = 'AMOUNT_INVALID'
}

function isVnd(n: number): n is Vnd {
  return Number.isInteger(n) && n >= 0 && n <= MAX_VND
}

/**
 * A number the program already holds, as money.
 * @throws AmountError unless `n` is a whole number of đồng from 0 to 999 999 999 999
 */
export function vnd(n: number): Vnd {
  // -0 passes every comparison below and is still another value to Object.is.
  const plain = n === 0 ? 0 : n
  if (isVnd(plain)) return plain
  if (!Number.isFinite(n)) throw new AmountError(`the amount is ${n}; it should be a whole number of đồng`)
  if (n < 0) throw new AmountError(`the amount ${n} is negative; it should be 0 or more whole đồng`)
  if (n > MAX_VND) throw new AmountError(`the amount ${n} is too large; the most is ${MAX_VND} đồng`)
  throw new AmountError(`the amount ${n} has a fraction; it should be whole đồng`)
}

/**
 * An amount as it comes from outside: the host writes one amount as `25000`, `25000.0`, `"25000"` or `"25,000"`,
 * depending on the message (VietQR documentation, VietQR server source). What could mean two amounts is refused:
 * `"25.000"` is 25 in one notation and twenty-five thousand in the Vietnamese one.
 * @throws AmountError with a sentence of its own for each way to be wrong
 */
export function parseAmount(input: unknown): Vnd {
  switch (typeof input) {
    case 'number':
      return vnd(input)
    case 'bigint':
      return vnd(Number(input))
    case 'string':
      return parseText(input)
    case 'undefined':
      throw new AmountError('the amount is missing; it should be a whole number of đồng')
    default:
      throw new AmountError(`the amount is ${shown(input)}; it should be a whole number of đồng`)
  }
}

function parseText(input: string): Vnd {
  const text = input.trim()
  if (/^\d+$/.test(text)) return vnd(Number(text))
  if (/^[\d,]*\d\.\d{3}$/.test(text) || /^\d+(\.\d{3}){2,}$/.test(text)) {
    throw new AmountError(
      `the amount ${shown(text)} can be read in two ways: a dot before three digits separates thousands in Vietnam and decimals elsewhere; send digits only`,
    )
  }
  if (/^(\d+|\d{1,3}(,\d{3})+)(\.0+)?$/.test(text)) return vnd(Number(text.replaceAll(',', '')))
  throw new AmountError(whyNot(text))
}

function whyNot(text: string): string {
  if (text === '') return 'the amount is an empty text; it should be digits, for example "25000"'
  if (/^\*+$/.test(text)) {
    return 'the amount is masked with asterisks: the host hides it because the VietQR service of this account is not valid; look the payment up instead'
  }
  if (/^(null|undefined|nan)$/i.test(text)) {
    return `the amount is the word ${shown(text)}: the sender had no amount; it should be digits, for example "25000"`
  }
  if (/^-/.test(text)) return `the amount ${shown(text)} is negative; it should be 0 or more whole đồng`
  if (/^[\d,]+\.\d+$/.test(text)) return `the amount ${shown(text)} has a fraction; it should be whole đồng`
  if (/^[\d,]+$/.test(text)) {
    return `the amount ${shown(text)} has a comma in an odd place; send digits only, or commas before groups of three`
  }
  return `the amount ${shown(text)} is not a number; send digits only, without letters, signs or units`
}

/** The amount as the host's boxes are told it: `25,000`. */
export function groupDigits(v: Vnd): string {
  return grouped(v, ',')
}

/** The amount as a person in Vietnam reads it: `25.000 đ`. */
export function formatVnd(v: Vnd): string {
  return `${grouped(v, '.')} đ`
}

function grouped(v: Vnd, separator: string): string {
  return String(v).replace(/\B(?=(\d{3})+$)/g, separator)
}
