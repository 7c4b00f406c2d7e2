import { type DestinationStream, type Logger, pino } from 'pino'
import { prettyFactory } from 'pino-pretty'
import type { Settings } from './config/schema.ts'
import { LogLines } from './log-lines.ts'

/**
 * The log of the gateway, on stderr: stdout belongs to the answers of commands.
 *
 * Every finished line passes one gate before it is written. Whatever somebody logged, however deep, in a child logger, in
 * an error or in a raw message quoted as text: secrets are replaced and account numbers are masked there. Where people
 * read the lines, what could steer their terminal is escaped too.
 */
export type Log = Pick<Logger, 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal'> & {
  child(bindings: Readonly<Record<string, unknown>>): Log
}

const HIDDEN = '[hidden]'
// Endings, so that hostPassword and brokerPassword are meant too; passwordFile and its like are paths and may be shown.
const SECRET = '(?:\\w*(?:password|secret|token|key)|authorization|cookie|qrCertificate|boxId|provisioningUri|webhook)'
const ACCOUNT = '(?:\\w*account|\\w*account(?:Number|No))'

const SECRET_NAME = new RegExp(`^${SECRET}$`, 'i')
const ACCOUNT_NAME = new RegExp(`^${ACCOUNT}$`, 'i')
/**
 * JSON quoted inside a text, such as a message of the host; at every depth of quoting the quotes have the same number of
 * backslashes before them. A text that was cut off is hidden to its end.
 */
const QUOTED_FIELD = new RegExp(
  `(\\\\{0,3})"(${SECRET}|${ACCOUNT})\\1"(\\s*:\\s*)(?:\\1"(.*?)(?:(?<!\\\\)\\1"|$)|([^\\s",{}[\\]\\\\]+))`,
  'gis',
)
/** A bounded protocol, because an unbounded one takes quadratic time on a long word. */
const URL_LOGIN = /([a-z][a-z0-9+.-]{0,15}:\/\/[^\s:@/"]*):[^\s@/"]+@/gi
/** The topic of a VietQR box ends in its boxId, and who knows that can listen to the box. */
const BOX_TOPIC = /(\bboxId\/)[^\s"'/]+/g
/**
 * Decides quickly that a line needs no second look; every rule above must be found by it. It knows a name by its end alone: to look
 * for the beginning of each word takes three times as long, and this runs for every line.
 */
const SUSPICIOUS =
  /(?:password|secret|token|key|authorization|cookie|qrCertificate|boxId|provisioningUri|webhook|account(?:Number|No)?)\\{0,3}"|:\/\/[^\s/]*@|boxId\//i

/**
 * @param options the section `log` of the configuration
 * @param destination stderr unless given
 */
export function createLogger(options: Settings['log'], destination?: DestinationStream): Log {
  const onTerminal = destination === undefined && process.stderr.isTTY
  const isPretty = options.pretty === 'auto' ? onTerminal : options.pretty
  const colorize = onTerminal && !process.env.NO_COLOR
  const pretty = prettyFactory({ colorize, translateTime: 'SYS:yyyy-mm-dd HH:MM:ss.l', ignore: 'pid,hostname' })
  return pino(
    {
      level: options.level,
      base: null,
      timestamp: isoTime,
      hooks: { streamWrite: line => (isPretty ? pretty(forPeople(line)) : forMachines(line)) },
    },
    destination ?? LogLines.onStderr(),
  )
}

let lastTime = { now: 0, text: '' }

/** Lines of the same millisecond, as those of one commit, have the same text. */
function isoTime(): string {
  const now = Date.now()
  if (now !== lastTime.now) lastTime = { now, text: `,"time":"${new Date(now).toISOString()}"` }
  return lastTime.text
}

/** An account number as it may be logged: at most its last four characters, and never more than half of it. */
export function maskAccount(account: string): string {
  const visible = Math.min(4, Math.floor(account.length / 2))
  return '*'.repeat(account.length - visible) + account.slice(account.length - visible)
}

/** What JSON lets through and a terminal that shows the file may obey: C1 controls and marks of direction. */
const STEERING = /[\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g

function forMachines(line: string): string {
  const safe = SUSPICIOUS.test(line) ? `${rewritten(line, withoutSecrets)}\n` : line
  return safe.replace(STEERING, mark => `\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

function forPeople(line: string): string {
  return rewritten(line, (name, value) => harmless(name, withoutSecrets(name, value)))
}

function rewritten(line: string, change: (name: string, value: unknown) => unknown): string {
  try {
    return JSON.stringify(JSON.parse(line, change))
  } catch {
    // pino writes JSON, so this is not expected; but a log must neither throw nor let an unseen line through.
    return JSON.stringify({ level: 50, msg: 'a line of the log could not be read back and was left out' })
  }
}

function withoutSecrets(name: string, value: unknown): unknown {
  if (SECRET_NAME.test(name)) return value === null ? null : HIDDEN
  if (ACCOUNT_NAME.test(name) && (typeof value === 'string' || typeof value === 'number'))
    return maskAccount(String(value))
  return typeof value === 'string' ? scrub(value) : value
}

function scrub(text: string): string {
  return text
    .replace(
      QUOTED_FIELD,
      (_, slashes: string, name: string, colon: string, quoted?: string, bare = '') =>
        `${slashes}"${name}${slashes}"${colon}${slashes}"${SECRET_NAME.test(name) ? HIDDEN : maskAccount(quoted ?? bare)}${slashes}"`,
    )
    .replace(URL_LOGIN, `$1:${HIDDEN}@`)
    .replace(BOX_TOPIC, `$1${HIDDEN}`)
}

/** The value without anything a terminal would act on, in its texts and in the names of its fields. */
function harmless(name: string, value: unknown): unknown {
  // Only the stack of an error may have line breaks; elsewhere they could pass for a line of the log.
  if (typeof value === 'string') return escaped(value, name === 'stack' ? /[^\P{C}\n]/gu : /[\p{C}\u2028\u2029]/gu)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [escaped(key, /\p{C}/gu), child]))
}

function escaped(text: string, dangerous: RegExp): string {
  return text.replace(dangerous, mark => `\\u{${(mark.codePointAt(0) ?? 0).toString(16)}}`)
}
