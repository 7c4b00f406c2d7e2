import { QUIET_ZONE, qrModules } from './qr-modules.ts'

/** Less than the standard asks for; phones still read it, and it is all that fits a narrow terminal. */
const LEAST_QUIET = 1

/**
 * A QR code drawn with `▀`, `▄`, `█` and spaces, two modules a character. Light is ink: on the usual dark terminal the code
 * has its right colours.
 * @param quiet light modules around it
 */
export function drawQr(text: string, quiet = QUIET_ZONE): string {
  const modules = qrModules(text)
  const side = modules.length + 2 * quiet
  const isLight = (row: number, column: number): boolean =>
    row < side && modules[row - quiet]?.[column - quiet] !== true
  const line = (row: number): string =>
    Array.from({ length: side }, (_, column) => block(isLight(row, column), isLight(row + 1, column))).join('')
  return Array.from({ length: Math.ceil(side / 2) }, (_, index) => line(index * 2)).join('\n')
}

function block(upper: boolean, lower: boolean): string {
  if (upper) return lower ? '█' : '▀'
  return lower ? '▄' : ' '
}

/** The drawing, with a smaller margin where the terminal is narrow, or a sentence where even that does not fit: broken lines are no code. */
export function drawQrWithin(text: string, width: number): string {
  let compact: string
  try {
    compact = drawQr(text, LEAST_QUIET)
  } catch {
    return '(this text is too long for a QR code)'
  }
  const needed = compact.indexOf('\n')
  if (needed > width) {
    return `(the QR code needs ${needed} columns and the terminal has ${width}; make it wider, or its letters smaller)`
  }
  return needed + 2 * (QUIET_ZONE - LEAST_QUIET) <= width ? drawQr(text) : compact
}
