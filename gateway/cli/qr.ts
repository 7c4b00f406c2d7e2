import qrcode from 'qrcode-terminal'
import { displayWidth } from './text.ts'

/** Light modules that a scanner needs around the code (ISO/IEC 18004); the library draws one. */
const QUIET = 4

/** Less than the standard asks for; phones still read it, and it is all that fits a narrow terminal. */
const LEAST_QUIET = 1

/**
 * A QR code drawn with `▀`, `▄`, `█` and spaces, two modules a character. Light is ink: on the usual dark terminal the code
 * has its right colours.
 */
export function drawQr(text: string, quiet = QUIET): string {
  let drawing = ''
  // The library takes one byte of each character.
  const bytes = Buffer.from(text).toString('latin1')
  qrcode.generate(bytes, { small: true }, drawn => {
    drawing = drawn
  })
  // A code has an odd number of modules, so the first line is half margin and the last line ends in a row of it.
  const rows = drawing.trimEnd().split('\n').slice(1)
  const side = '█'.repeat(quiet - 1)
  const inner = rows.map(row => `${side}${row}${side}`)
  const blank = '█'.repeat(displayWidth(inner[0] ?? ''))
  if (quiet === LEAST_QUIET) return ['▄'.repeat(blank.length), ...inner].join('\n')
  return [blank, blank, ...inner, blank, blank.replaceAll('█', '▀')].join('\n')
}

/** The drawing, with a smaller margin where the terminal is narrow, or a sentence where even that does not fit: broken lines are no code. */
export function drawQrWithin(text: string, width: number): string {
  let compact: string
  try {
    compact = drawQr(text, LEAST_QUIET)
  } catch {
    return '(this text is too long for a QR code)'
  }
  const needed = displayWidth(compact.split('\n')[0] ?? '')
  if (needed > width) {
    return `(the QR code needs ${needed} columns and the terminal has ${width}; make it wider, or its letters smaller)`
  }
  return needed + 2 * (QUIET - LEAST_QUIET) <= width ? drawQr(text) : compact
}
