/** Texts that must not make a message longer than a device can read: shortened at the end, never inside a character. */

/** The beginning of a text that has at most this many bytes as JSON, without its quotes; an ellipsis says that more came. */
export function clipped(text: string, bytes: number): string {
  if (jsonBytes(text) <= bytes) return text
  let kept = ''
  let left = bytes - Buffer.byteLength('…')
  for (const character of text) {
    left -= jsonBytes(character)
    if (left < 0) break
    kept += character
  }
  return bytes < Buffer.byteLength('…') ? '' : `${kept}…`
}

/**
 * The same message with the named texts shortened, in this order, until it has at most `most` bytes as `bytesOf` counts them. A text
 * that is not named is never touched.
 */
export function fitted<T extends object>(
  message: T,
  texts: readonly (keyof T)[],
  most: number,
  bytesOf: (message: T) => number,
): T {
  let fitting = message
  for (const name of texts) {
    const text: unknown = fitting[name]
    const tooMany = bytesOf(fitting) - most
    if (tooMany <= 0) break
    if (typeof text === 'string')
      fitting = { ...fitting, [name]: clipped(text, Math.max(jsonBytes(text) - tooMany, 0)) }
  }
  return fitting
}

function jsonBytes(text: string): number {
  return Buffer.byteLength(JSON.stringify(text)) - 2
}
