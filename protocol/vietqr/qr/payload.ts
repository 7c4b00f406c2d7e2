/** The text inside a VietQR code: EMVCo merchant-presented QR in the NAPAS profile. */
import { AmountError, type Vnd, vnd } from '../../money.ts'
import { shown } from '../../shown.ts'
import { crc16, crc16LowByte } from './crc.ts'
import { isPath, readPaths, writePaths } from './paths.ts'
import { QrError } from './tlv.ts'

/** What a QR text says. */
export interface QrPayload {
  /** Tag 01: 12 is dynamic, 11 static. The host writes 11 even with an amount (VietQR server source). */
  readonly dynamic: boolean
  /** The bank, six digits. */
  readonly bin: string
  /** Account or card number, by `service`. */
  readonly account: string
  /** `QRIBFTTA` to an account, `QRIBFTTC` to a card, `QRPUSH` to a merchant, `QRCASH` cash at a machine (NAPAS). */
  readonly service: string
  /** Whole VND; null when the payer types it. */
  readonly amount: Vnd | null
  /** What the transfer will say, tag 62-08; null when the payer types it. */
  readonly content: string | null
  readonly merchantCategory?: string
  readonly merchantName?: string
  readonly merchantCity?: string
  readonly billNumber?: string
  readonly terminalLabel?: string
  /** Values of the tags that have no field here, by path: `61`, `62.05`, `26`. A bank's additions are not lost. */
  readonly extra: Readonly<Record<string, string>>
  /** `low-byte` is the host's own checksum of a text that is not ASCII; banks refuse such a code. */
  readonly crc: 'utf8' | 'low-byte'
}

type QrFields = Omit<QrPayload, 'extra' | 'crc'> & Partial<Pick<QrPayload, 'extra' | 'crc'>>
type QrInspection = { ok: true; payload: QrPayload } | { ok: false; reason: string }

const NAPAS = 'A000000727'
const CONTENT = '62.08'
const REQUIRED = ['00', '38.00', '38.01.00', '38.01.01', '53', '58'] as const
const OPTIONAL = [
  ['merchantCategory', '52'],
  ['merchantName', '59'],
  ['merchantCity', '60'],
  ['billNumber', '62.01'],
  ['terminalLabel', '62.07'],
] as const
const NAMED: ReadonlySet<string> = new Set([
  ...REQUIRED,
  ...['01', '38.02', '54', CONTENT, '63'],
  ...OPTIONAL.map(([, path]) => path),
])

/** Reads a QR text. Throws QrError, whose message says in words what is wrong with it. */
export function parseQr(text: string): QrPayload {
  if (!text.isWellFormed()) throw new QrError('the QR text holds half a character; it was damaged on its way')
  const stated = /6304([0-9A-F]{4})$/.exec(text)?.[1]
  if (stated === undefined) {
    throw new QrError('the QR text does not end in its checksum: 6304 and four upper-case hex digits')
  }
  const paths = readPaths(text.slice(0, -8))
  const crc = checkedCrc(text.slice(0, -4), stated, paths)
  return { ...fieldsOf(paths), crc }
}

/** `parseQr` for those who want to tell a person what is wrong rather than catch it. */
export function inspectQr(text: string): QrInspection {
  try {
    return { ok: true, payload: parseQr(text) }
  } catch (error) {
    if (error instanceof QrError) return { ok: false, reason: error.message }
    throw error
  }
}

/**
 * Writes a QR text, tags in ascending order. `crc: 'low-byte'` writes the host's own checksum. Throws QrError for fields
 * no code can carry: what it returns, `parseQr` reads back to the same fields.
 */
export function buildQr(fields: QrFields): string {
  const paths = new Map([
    ['00', '01'],
    ['01', fields.dynamic ? '12' : '11'],
    ['38.00', NAPAS],
    ['38.01.00', fields.bin],
    ['38.01.01', fields.account],
    ['38.02', fields.service],
    ['53', '704'],
    ['58', 'VN'],
  ])
  if (fields.amount !== null) paths.set('54', String(fields.amount))
  if (fields.content !== null) paths.set(CONTENT, fields.content)
  for (const [name, path] of OPTIONAL) {
    const value = fields[name]
    if (value !== undefined) paths.set(path, value)
  }
  for (const [path, value] of Object.entries(fields.extra ?? {})) {
    if (!isPath(path) || NAMED.has(path)) {
      throw new QrError(`extra: ${shown(path)} is not the path of a tag without a field of its own, such as 62.05`)
    }
    paths.set(path, value)
  }
  const covered = `${writePaths(paths)}6304`
  const text = covered + (fields.crc === 'low-byte' ? crc16LowByte(covered) : crc16(covered))
  parseQr(text)
  return text
}

function checkedCrc(covered: string, stated: string, paths: ReadonlyMap<string, string>): QrPayload['crc'] {
  const right = crc16(covered)
  if (stated === right) return 'utf8'
  // The host puts text that is not ASCII into the content only. Anywhere else a letter with the low byte of the right
  // one is damage, and must not pass for the host's habit.
  const hostsHabit = [...paths].every(([path, value]) => isAscii(value) === (path !== CONTENT))
  if (hostsHabit && stated === crc16LowByte(covered)) return 'low-byte'
  throw new QrError(`the checksum says ${stated}, but the text gives ${right}; the code was changed or cut on its way`)
}

function fieldsOf(paths: ReadonlyMap<string, string>): Omit<QrPayload, 'crc'> {
  for (const path of REQUIRED) {
    if (!paths.has(path)) throw new QrError(`tag ${path} is missing; a VietQR code must have it`)
  }
  demand(paths, '38.00', NAPAS, 'NAPAS')
  demand(paths, '53', '704', 'currency')
  demand(paths, '58', 'VN', 'country')
  const initiation = paths.get('01') ?? '11'
  if (initiation !== '11' && initiation !== '12') {
    throw new QrError(`tag 01 is ${shown(initiation)}; it must be 11 (static) or 12 (dynamic)`)
  }
  const bin = paths.get('38.01.00') ?? ''
  if (!/^[0-9]{6}$/.test(bin)) throw new QrError('tag 38.01.00 (bank) must have six digits')
  const account = paths.get('38.01.01') ?? ''
  // The number itself stays out of the message: the message may be logged.
  if (!/^[\x21-\x7e]{1,19}$/.test(account)) {
    throw new QrError('tag 38.01.01 (account) must have 1 to 19 ASCII characters without blanks')
  }
  return {
    dynamic: initiation === '12',
    bin,
    account,
    // A merchant payment may leave its service out (NAPAS).
    service: paths.get('38.02') ?? 'QRPUSH',
    amount: amountOf(paths.get('54')),
    content: paths.get(CONTENT) ?? null,
    ...optionalFieldsOf(paths),
    extra: Object.fromEntries([...paths].filter(([path]) => !NAMED.has(path))),
  }
}

function optionalFieldsOf(paths: ReadonlyMap<string, string>) {
  const fields: Partial<Record<(typeof OPTIONAL)[number][0], string>> = {}
  for (const [name, path] of OPTIONAL) {
    const value = paths.get(path)
    if (value !== undefined) fields[name] = value
  }
  return fields
}

function demand(paths: ReadonlyMap<string, string>, path: string, right: string, meaning: string): void {
  const found = paths.get(path) ?? ''
  if (found !== right) throw new QrError(`tag ${path} (${meaning}) is ${shown(found)}; it must be ${right}`)
}

function amountOf(text: string | undefined): Vnd | null {
  // Tag 54 of length 00 is how the host says “no amount” in the static code of a box (VietQR server source).
  if (text === undefined || text === '') return null
  if (text === 'null') throw new QrError('tag 54 (amount) is the word “null”; the QR was asked for without an amount')
  if (!/^[0-9]{1,13}$/.test(text)) {
    throw new QrError(`tag 54 (amount) is ${shown(text)}; whole VND of at most 13 digits are needed`)
  }
  try {
    return vnd(Number(text))
  } catch (error) {
    if (error instanceof AmountError) throw new QrError(`tag 54: ${error.message}`)
    throw error
  }
}

function isAscii(text: string): boolean {
  return /^\p{ASCII}*$/u.test(text)
}
