// The building blocks of the messages that come in. Each is a zod schema for one field: it reads every form the host
// is known to write and answers with one plain value. A field that is wrong says what came and what would be right,
// without quoting it: account numbers, holders and box ids must not reach a log through an error.
import { z } from 'zod'
import { AmountError, parseAmount, type Vnd } from '../money.ts'
import { kindOf, shown } from '../shown.ts'
import { parseHostTime } from '../time.ts'
import { fieldOf, isJsonObject, MessageError, malformed } from './json.ts'

type Field<T> = z.ZodType<T, unknown>

class FieldError extends Error {}

function field<T>(read: (value: unknown) => T): Field<T> {
  return z.unknown().transform((value, context): T => {
    try {
      return read(value)
    } catch (error) {
      if (!(error instanceof FieldError || error instanceof AmountError)) throw error
      context.issues.push({
        code: 'custom',
        message: error.message,
        input: value,
        params: { amount: error instanceof AmountError },
      })
      return z.NEVER
    }
  })
}

function textOf(value: unknown, right: string): string {
  if (value === undefined || value === null) return ''
  if (typeof value === 'string') return value
  if (typeof value === 'number' && Number.isSafeInteger(value)) return String(value)
  const came = typeof value === 'number' ? 'a number that is not exact' : kindOf(value)
  throw new FieldError(`is ${came}, it should be ${right}`)
}

/** Text that must be there. @param right what it should be, for the sentence: `the account number as text` */
export function requiredText(right: string): Field<string> {
  return field(value => {
    const text = textOf(value, right).trim()
    if (text === '') throw new FieldError(`is ${value === undefined ? 'missing' : 'empty'}, it should be ${right}`)
    return text
  })
}

/** An id that may be absent, null or empty: null then. A whole number is taken as its digits. */
export const optionalText: Field<string | null> = field(value => textOf(value, 'a text').trim() || null)

/** Free text, exactly as it came; empty when absent or null. */
export const freeText: Field<string> = field(value => textOf(value, 'a text'))

/** An amount in any of the host's forms. */
export const amount: Field<Vnd> = field(parseAmount)

/** An amount that may be absent: null then. The host also writes the word `null` where it had none. */
export const optionalAmount: Field<Vnd | null> = field(value => {
  if (value === undefined || value === null || value === '' || value === 'null') return null
  return parseAmount(value)
})

/** An amount the host may hide behind asterisks, as it does on the screens of boxes: null then. */
export const maskedAmount: Field<Vnd | null> = field(value => {
  return typeof value === 'string' && /^\*+$/.test(value.trim()) ? null : parseAmount(value)
})

/** `C` is money in, `D` money out, in either case of the letter. */
export const direction: Field<'in' | 'out'> = field(value => {
  if (value === 'C' || value === 'c') return 'in'
  if (value === 'D' || value === 'd') return 'out'
  throw new FieldError(
    `is ${value === undefined ? 'missing' : shown(value)}, it should be "C" for money in or "D" for money out`,
  )
})

/** A time in any of the host's forms, epoch milliseconds; null when there is none that makes sense. */
export const hostTime: Field<number | null> = field(parseHostTime)

/** A count; 0 when absent or null. */
export const count: Field<number> = field(value => {
  const n = Number(textOf(value, 'a whole number') || 0)
  if (!Number.isSafeInteger(n) || n < 0)
    throw new FieldError(`is ${shown(value)}, it should be a whole number, 0 or more`)
  return n
})

/** A field that is looked at by hand: every value is taken as it is. */
export const anything: Field<unknown> = field(value => value)

/**
 * The fields of one JSON object, found by name whatever their case; fields nobody asked for are ignored.
 * @param what the kind of message, to begin the sentence of an error with
 * @throws MessageError that names every field that is wrong; its code is AMOUNT_INVALID if only amounts are
 */
export function readFields<Shape extends Readonly<Record<string, z.ZodType>>>(
  schema: z.ZodObject<Shape>,
  value: unknown,
  what: string,
): z.output<z.ZodObject<Shape>> {
  if (!isJsonObject(value)) throw malformed(what, `it is ${kindOf(value)}; it should be a JSON object`)
  const picked = Object.fromEntries(Object.keys(schema.shape).map(name => [name, fieldOf(value, name)]))
  const result = schema.safeParse(picked)
  if (result.success) return result.data
  const { issues } = result.error
  const onlyAmounts = issues.every(issue => issue.code === 'custom' && issue.params?.amount === true)
  const sentence = issues.map(issue => `${issue.path.join('.')}: ${issue.message}`).join('; ')
  if (onlyAmounts) throw new MessageError('AMOUNT_INVALID', `the ${what} cannot be used: ${sentence}`)
  throw malformed(what, sentence)
}
