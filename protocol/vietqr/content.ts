/** The text of a transfer: what a payer's bank sends along with the money. */

/** As long as VietQR documentation lets the content of a request be. */
const MAX_CONTENT = 19

/**
 * Vietnamese text as the letters and digits every bank lets through: diacritics off, everything else dropped, cut at 19.
 * Empty when nothing is left.
 */
export function foldContent(text: string): string {
  return text
    .normalize('NFD')
    .replace(/đ/g, 'd')
    .replace(/Đ/g, 'D')
    .replace(/[^A-Za-z0-9]/g, '')
    .slice(0, MAX_CONTENT)
}

/**
 * The token the host sets before the content of an order, `VQR` and ten hex digits, wherever a bank has left it in the
 * content of a payment (VietQR server source). In the host's own spelling, whatever the bank's; null when there is none.
 */
export function traceToken(text: string): string | null {
  const hex = /\bVQR([0-9a-f]{10})\b/i.exec(text)?.[1]
  return hex === undefined ? null : `VQR${hex.toLowerCase()}`
}
