import qrcode from 'qrcode-terminal'
import { displayWidth } from './text.ts'

/** Light modules that a scanner needs around the code (ISO/IEC 18004); the library draws one. */
const QUIET = 4

/**
 * A QR code drawn with `▀`, `▄`, `█` and spaces, two modules a character. Light is ink: on the usual dark terminal the code
 * has its right colours.
 */
export function drawQr(text: string): string {
  let drawing = ''
  // The library takes one byte of each character.
  const bytes = Buffer.from(text).toString('latin1')
  qrcode.generate(bytes, { small: true }, drawn => {
    drawing = drawn
  })
  // A code has an odd number of modules, so the first line is half margin and the last line ends in a row of it.
  const rows = drawing.trimEnd().split('\n').slice(1)
  const side = '█'.repeat(QUIET - 1)
  const inner = rows.map(row => `${side}${row}${side}`)
  const blank = '█'.repeat(displayWidth(inner[0] ?? ''))
  return [blank, blank, ...inner, blank, blank.replaceAll('█', '▀')].join('\n')
}

/** The drawing, or a sentence where the terminal is too narrow for it: broken lines are no code. */
export function drawQrWithin(text: string, width: number): string {
  let drawing: string
  try {
    drawing = drawQr(text)
  } catch {
    return '(this text is too long for a QR code)'
  }
  const needed = displayWidth(drawing.split('\n')[0] ?? '')
  return needed <= width ? drawing : `(the QR code needs ${needed} columns; make the terminal wider to see it)`
}
