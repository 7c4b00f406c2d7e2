/**
 * Reads JSON the way the server's Jackson does with its default settings: unknown fields, names in another case and wrong
 * shapes reject the whole message, while numbers and texts are taken for one another where they can be (VietQR server
 * source). Deliberately not the gateway's reader, which forgives: what passes here would pass there.
 */
import { z } from 'zod'
import { Refusal } from './refusal.ts'

/** A number as it is spelt: `25000` and `25000.0` are one to JavaScript and two to Java. */
class NumberToken {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

type Bounds = readonly [least: bigint, most: bigint]
const LONG: Bounds = [-(2n ** 63n), 2n ** 63n - 1n]
const INTEGER: Bounds = [-(2n ** 31n), 2n ** 31n - 1n]

class WrongValue extends Error {}

/** A `Long` field. A fraction is cut off, an empty text is null. */
export const javaLong = field(value => wholeNumber(value, LONG))

/** An `Integer` field. */
export const javaInteger = field(value => wholeNumber(value, INTEGER))

/** A `String` field: a number or a boolean is taken as its text. */
export const javaString = field(value => {
  if (value === undefined || value === null) return null
  if (typeof value === 'string') return value
  if (value instanceof NumberToken) return value.text
  if (typeof value === 'boolean') return String(value)
  throw new WrongValue('is a list or an object where a String belongs')
})

/** A `Boolean` field: any whole number but 0 is true. */
export const javaBoolean = field(value => {
  if (value === undefined || value === null || value === '') return null
  if (typeof value === 'boolean') return value
  if (value instanceof NumberToken && isWhole(value.text)) return Number(value.text) !== 0
  if (value === 'true' || value === 'True' || value === 'TRUE') return true
  if (value === 'false' || value === 'False' || value === 'FALSE') return false
  throw new WrongValue('is no Boolean')
})

/** A `List` field of objects with exactly these fields. */
export function javaList<Item extends z.ZodType>(item: Item) {
  return z
    .array(item)
    .nullish()
    .transform(list => list ?? null)
}

/**
 * The one object a message consists of; null for the literal `null`.
 * @throws Refusal in the words of the server's log
 */
export function readJackson<Fields extends z.ZodObject>(schema: Fields, payload: Uint8Array): z.output<Fields> | null {
  const value = parsed(new TextDecoder().decode(payload))
  if (value === null) return null
  const result = schema.safeParse(value)
  if (result.success) return result.data
  throw new Refusal(null, `the JSON reader rejects the message: ${result.error.issues.map(inWords).join('; ')}`)
}

function inWords(issue: z.core.$ZodIssue): string {
  const place = issue.path.join('.')
  if (issue.code !== 'unrecognized_keys') return `${place} ${issue.message}`
  const names = issue.keys.map(key => [...issue.path, key].join('.'))
  return `unknown field ${names.join(', ')}`
}

function field<T>(read: (value: unknown) => T) {
  return z
    .unknown()
    .optional()
    .transform((value, context): T => {
      try {
        return read(value)
      } catch (error) {
        if (!(error instanceof WrongValue)) throw error
        context.issues.push({ code: 'custom', message: error.message, input: value })
        return z.NEVER
      }
    })
}

function wholeNumber(value: unknown, [least, most]: Bounds): number | null {
  if (value === undefined || value === null) return null
  const exact = value instanceof NumberToken ? fromToken(value.text) : fromText(value)
  if (exact === null) return null
  if (exact < least || exact > most) throw new WrongValue('is out of range')
  const number = Number(exact)
  // The server would take it; no order of the contract comes near, and a rounded amount would be worse than none.
  if (!Number.isSafeInteger(number)) throw new WrongValue('is larger than this simulator can hold exactly')
  return number
}

function fromToken(text: string): bigint {
  if (isWhole(text)) return BigInt(text)
  const number = Number(text)
  if (!Number.isFinite(number)) throw new WrongValue('is out of range')
  return BigInt(Math.trunc(number))
}

function fromText(value: unknown): bigint | null {
  if (typeof value !== 'string') throw new WrongValue('is no number')
  const text = value.trim()
  if (text === '') return null
  if (!/^[+-]?\d+$/.test(text)) throw new WrongValue('is a text that is no whole number')
  return BigInt(text.replace(/^\+/, ''))
}

function isWhole(text: string): boolean {
  return /^-?\d+$/.test(text)
}

/** A byte order mark before and any text behind the first value are not looked at. */
function parsed(text: string): unknown {
  const trimmed = text.trimStart()
  if (/^null\b/.test(trimmed)) return null
  if (!trimmed.startsWith('{')) throw new Refusal(null, 'the JSON reader rejects the message: it is no object')
  try {
    return JSON.parse(firstObject(trimmed), (_name, value: unknown, context?: { readonly source?: string }) =>
      typeof value === 'number' ? new NumberToken(context?.source ?? String(value)) : value,
    )
  } catch {
    throw new Refusal(null, 'the JSON reader rejects the message: it is not JSON')
  }
}

/** From the opening brace to the one that closes it; everything when none does. */
function firstObject(text: string): string {
  let depth = 0
  let inText = false
  for (let i = 0; i < text.length; i++) {
    const unit = text.charAt(i)
    if (inText) {
      if (unit === '\\') i++
      else if (unit === '"') inText = false
    } else if (unit === '"') inText = true
    else if (unit === '{' || unit === '[') depth++
    else if ((unit === '}' || unit === ']') && --depth === 0) return text.slice(0, i + 1)
  }
  return text
}
