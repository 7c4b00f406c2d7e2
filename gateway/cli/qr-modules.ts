import QRCode from 'qrcode-terminal/vendor/QRCode/index.js'
import levels from 'qrcode-terminal/vendor/QRCode/QRErrorCorrectLevel.js'

/** Light modules that a scanner needs around a code (ISO/IEC 18004). */
export const QUIET_ZONE = 4

/**
 * The modules of the QR code of a text, row by row, true where it is dark; without the quiet zone.
 * @throws Error when the text is too long for any code
 */
export function qrModules(text: string): readonly (readonly boolean[])[] {
  const code = new QRCode(-1, levels.L)
  // The library takes one byte of each character.
  code.addData(Buffer.from(text).toString('latin1'))
  code.make()
  const side = Array.from({ length: code.getModuleCount() }, (_, index) => index)
  return side.map(row => side.map(column => code.isDark(row, column)))
}
