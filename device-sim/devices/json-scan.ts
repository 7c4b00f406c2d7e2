/**
 * The first complete JSON object a text begins with, whatever follows it; null where there is none. This is how far the
 * parsers of small devices read.
 */
export function firstJson(text: string): string | null {
  if (!/^\s*\{/.test(text)) return null
  let depth = 0
  let quoted = false
  for (let at = 0; at < text.length; at++) {
    const character = text[at]
    if (quoted) {
      if (character === '\\') at += 1
      else if (character === '"') quoted = false
    } else if (character === '"') quoted = true
    else if (character === '{') depth += 1
    else if (character === '}') {
      depth -= 1
      if (depth === 0) return text.slice(0, at + 1)
    }
  }
  return null
}

const HEAD = '"qrCode":"'
const QR_BYTES = 512

/**
 * The code in a message as a firmware finds it that does not parse: the bytes `"qrCode":"`, then everything up to the next
 * quote, escapes and all; 512 characters or more are no code (public firmware).
 */
export function scanQrCode(text: string): string | null {
  const begin = text.indexOf(HEAD)
  if (begin < 0) return null
  const from = begin + HEAD.length
  const end = text.indexOf('"', from)
  return end < 0 || end - from >= QR_BYTES || end === from ? null : text.slice(from, end)
}

/** Parses what a device was told; undefined for what is no JSON. */
export function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
