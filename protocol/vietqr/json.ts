/** Far more than any message of the host, far less than what would slow the gateway down. */
export const MAX_PAYLOAD_BYTES = 262_144
/** The deepest message of the host has three levels. */
export const MAX_DEPTH = 32

/** A message from outside that cannot be used. Its sentence names the fields that are wrong and what would be right. */
export class MessageError extends Error {
  override readonly name = 'MessageError'
  readonly code: 'MALFORMED' | 'AMOUNT_INVALID'

  constructor(code: 'MALFORMED' | 'AMOUNT_INVALID', message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** A JSON object as it came, its keys in whatever case the sender chose. */
export type JsonObject = Readonly<Record<string, unknown>>

/** Tells a JSON object from lists, null and plain values. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * The JSON value of a payload. A leading byte order mark is ignored.
 * @param what the kind of message, to begin the sentence of an error with
 * @throws MessageError if the payload is too large, too deep, not UTF-8 or not JSON
 */
export function parsePayload(payload: Uint8Array, what: string): unknown {
  if (payload.byteLength > MAX_PAYLOAD_BYTES) {
    throw malformed(what, `it has ${payload.byteLength} bytes, the most is ${MAX_PAYLOAD_BYTES}`)
  }
  if (depth(payload) > MAX_DEPTH) throw malformed(what, `it is nested more than ${MAX_DEPTH} levels deep`)
  const text = decode(payload, what)
  if (text.trim() === '') throw malformed(what, 'it is empty; it should be JSON')
  try {
    return JSON.parse(text)
  } catch {
    // The parser's own sentence quotes the text, and account numbers with it, so it is not kept as the cause.
    throw malformed(what, 'it is not JSON')
  }
}

/**
 * A field by name, whatever the case of its letters: VietQR's own callbacks mix `referenceNumber` and
 * `referencenumber` (VietQR documentation). The exact name wins.
 */
export function fieldOf(object: JsonObject, name: string): unknown {
  if (Object.hasOwn(object, name)) return object[name]
  const wanted = name.toLowerCase()
  const key = Object.keys(object).find(candidate => candidate.toLowerCase() === wanted)
  return key === undefined ? undefined : object[key]
}

/**
 * Compact JSON in plain ASCII: other characters are written as `\uXXXX`, because the server reads bytes in whatever
 * charset its machine has (VietQR server source).
 */
export function asciiJson(value: JsonObject): string {
  return JSON.stringify(value).replace(/[^ -~]/g, unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** The error of a message that is wrong as a whole, or in more than its amount. */
export function malformed(what: string, why: string): MessageError {
  return new MessageError('MALFORMED', `the ${what} cannot be used: ${why}`)
}

/** One for all: each holds memory outside of V8's heap, and one for each message outlived two collections before it went. */
const utf8 = new TextDecoder('utf-8', { fatal: true })

function decode(payload: Uint8Array, what: string): string {
  try {
    return utf8.decode(payload)
  } catch {
    throw malformed(what, 'its bytes are not UTF-8 text')
  }
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const OPENING_BRACKET = 0x5b
const CLOSING_BRACKET = 0x5d
const OPENING_BRACE = 0x7b
const CLOSING_BRACE = 0x7d

/** How deep lists and objects are nested, counted on the bytes before anything recursive sees them. */
function depth(payload: Uint8Array): number {
  let level = 0
  let deepest = 0
  let inText = false
  for (let i = 0; i < payload.length; i++) {
    const byte = payload[i] ?? 0
    if (inText) {
      if (byte === BACKSLASH) i++
      else if (byte === QUOTE) inText = false
    } else if (byte === QUOTE) inText = true
    else if (byte === OPENING_BRACE || byte === OPENING_BRACKET) deepest = Math.max(deepest, ++level)
    else if (byte === CLOSING_BRACE || byte === CLOSING_BRACKET) level--
  }
  return deepest
}
