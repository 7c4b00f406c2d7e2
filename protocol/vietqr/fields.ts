// The building blocks of the messages that come in. Each reads one field in every form the host is known to write, and answers
// with one plain value. A field that is wrong says what came and what would be right, without quoting it: account numbers,
// holders and box ids must not reach a log through an error. Plain functions, because every payment goes through eight of them:
// behind a zod schema, which added nothing to them, reading a notice took twice as long (measured).
import { AmountError, parseAmount, type Vnd } from '../money.ts'
import { kindOf, shown } from '../shown.ts'
import { parseHostTime } from '../time.ts'
import { fieldOf, isJsonObject, MessageError, malformed } from './json.ts'

/** Reads the value of one field; `undefined` where it is missing. @throws FieldError, AmountError */
export type Field<T> = (value: unknown) => T
/** The fields of a message by name. */
export type Fields = Readonly<Record<string, Field<unknown>>>
/** What they say. */
export type Read<Wanted extends Fields> = { readonly [Name in keyof Wanted]: ReturnType<Wanted[Name]> }

class FieldError extends Error {}

function textOf(value: unknown, right: string): string {
  if (value === undefined || value === null) return ''
  if (typeof value === 'string') return value
  if (typeof value === 'number' && Number.isSafeInteger(value)) return String(value)
  const came = typeof value === 'number' ? 'a number that is not exact' : kindOf(value)
  throw new FieldError(`is ${came}, it should be ${right}`)
}

/** Text that must be there. @param right what it should be, for the sentence: `the account number as text` */
export function requiredText(right: string): Field<string> {
  return value => {
    const text = textOf(value, right).trim()
    if (text === '') throw new FieldError(`is ${value === undefined ? 'missing' : 'empty'}, it should be ${right}`)
    return text
  }
}

/** An id that may be absent, null or empty: null then. A whole number is taken as its digits. */
export const optionalText: Field<string | null> = value => textOf(value, 'a text').trim() || null

/** Free text, exactly as it came; empty when absent or null. */
export const freeText: Field<string> = value => textOf(value, 'a text')

/** An amount in any of the host's forms. */
export const amount: Field<Vnd> = parseAmount

/** An amount that may be absent: null then. The host also writes the word `null` where it had none. */
export const optionalAmount: Field<Vnd | null> = value => {
  if (value === undefined || value === null || value === '' || value === 'null') return null
  return parseAmount(value)
}

/** An amount the host may hide behind asterisks, as it does on the screens of boxes: null then. */
export const maskedAmount: Field<Vnd | null> = value => {
  return typeof value === 'string' && /^\*+$/.test(value.trim()) ? null : parseAmount(value)
}

/** `C` is money in, `D` money out, in either case of the letter. */
export const direction: Field<'in' | 'out'> = value => {
  if (value === 'C' || value === 'c') return 'in'
  if (value === 'D' || value === 'd') return 'out'
  throw new FieldError(
    `is ${value === undefined ? 'missing' : shown(value)}, it should be "C" for money in or "D" for money out`,
  )
}

/** A time in any of the host's forms, epoch milliseconds; null when there is none that makes sense. */
export const hostTime: Field<number | null> = parseHostTime

/** A count; 0 when absent or null. */
export const count: Field<number> = value => {
  const n = Number(textOf(value, 'a whole number') || 0)
  if (!Number.isSafeInteger(n) || n < 0)
    throw new FieldError(`is ${shown(value)}, it should be a whole number, 0 or more`)
  return n
}

/** A field that is looked at by hand: every value is taken as it is. */
export const anything: Field<unknown> = value => value

/**
 * The fields of one JSON object, found by name whatever their case; fields nobody asked for are ignored.
 * @param what the kind of message, to begin the sentence of an error with
 * @throws MessageError that names every field that is wrong; its code is AMOUNT_INVALID if only amounts are
 */
export function readFields<Wanted extends Fields>(wanted: Wanted, value: unknown, what: string): Read<Wanted> {
  if (!isJsonObject(value)) throw malformed(what, `it is ${kindOf(value)}; it should be a JSON object`)
  const read: Record<string, unknown> = {}
  const faults: Fault[] = []
  for (const name in wanted) {
    try {
      read[name] = wanted[name]?.(fieldOf(value, name))
    } catch (error) {
      if (!(error instanceof FieldError || error instanceof AmountError)) throw error
      faults.push({ name, error })
    }
  }
  if (faults.length > 0) throw unreadable(what, faults)
  // Every name of `wanted` has been read by its own function.
  return read as Read<Wanted>
}

interface Fault {
  readonly name: string
  readonly error: Error
}

function unreadable(what: string, faults: readonly Fault[]): MessageError {
  const sentence = faults.map(({ name, error }) => `${name}: ${error.message}`).join('; ')
  if (faults.some(({ error }) => !(error instanceof AmountError))) return malformed(what, sentence)
  return new MessageError('AMOUNT_INVALID', `the ${what} cannot be used: ${sentence}`)
}
