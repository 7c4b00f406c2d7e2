/**
 * JSON as the server's two libraries write it, byte for byte: Jackson for QR answers and lookup replies, with every null
 * written out; Gson for balance changes, with nulls left out and signs that mean something in HTML written as `\uXXXX`.
 */

/** A number the server holds as a `double`. */
export class JavaDouble {
  readonly value: number

  constructor(value: number) {
    this.value = value
  }
}

type Json = string | number | null | JavaDouble | readonly Json[] | JsonFields
/** Fields in the order they are written. */
export interface JsonFields {
  readonly [name: string]: Json
}

interface Dialect {
  readonly nulls: 'written' | 'left out'
  /** Signs besides the ones JSON itself demands that are written as `\uXXXX`. */
  readonly alsoEscaped: ReadonlySet<string>
  readonly hex: (digits: string) => string
}

const jackson: Dialect = { nulls: 'written', alsoEscaped: new Set(), hex: digits => digits.toUpperCase() }
const gson: Dialect = {
  nulls: 'left out',
  alsoEscaped: new Set(['<', '>', '&', '=', "'", '\u2028', '\u2029']),
  hex: digits => digits,
}

const SHORT: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\f': '\\f',
  '\r': '\\r',
}

export function jacksonJson(value: Json): string {
  return written(value, jackson)
}

export function gsonJson(value: Json): string {
  return written(value, gson)
}

/** `25,000`, as Java's number format of English writes it. */
export function grouped(amount: number): string {
  return String(amount).replace(/\B(?=(\d{3})+$)/g, ',')
}

function written(value: Json, dialect: Dialect): string {
  if (value === null || typeof value === 'number') return String(value)
  if (typeof value === 'string') return quoted(value, dialect)
  if (value instanceof JavaDouble) return doubleText(value.value)
  if (isList(value)) return `[${value.map(item => written(item, dialect)).join(',')}]`
  const fields = Object.entries(value).filter(([, field]) => field !== null || dialect.nulls === 'written')
  return `{${fields.map(([name, field]) => `${quoted(name, dialect)}:${written(field, dialect)}`).join(',')}}`
}

/** `Array.isArray` does not narrow read-only lists. */
function isList(value: readonly Json[] | JsonFields): value is readonly Json[] {
  return Array.isArray(value)
}

/** `25000.0`, and from ten million on `1.25E7`, as Java prints a whole double. */
function doubleText(value: number): string {
  const digits = String(Math.abs(value))
  const sign = value < 0 ? '-' : ''
  if (digits.length < 8) return `${sign}${digits}.0`
  return `${sign}${digits.slice(0, 1)}.${digits.slice(1).replace(/0+$/, '') || '0'}E${digits.length - 1}`
}

function quoted(text: string, { alsoEscaped, hex }: Dialect): string {
  const units = text.split('').map(unit => {
    if (unit >= ' ' && !alsoEscaped.has(unit)) return SHORT[unit] ?? unit
    return SHORT[unit] ?? `\\u${hex(unit.charCodeAt(0).toString(16).padStart(4, '0'))}`
  })
  return `"${units.join('')}"`
}
