/** CRC-16/CCITT-FALSE, as EMVCo asks for: polynomial 0x1021, start 0xFFFF, no reflection, no final xor. */
function crcOf(bytes: Iterable<number>): string {
  let crc = 0xffff
  for (const byte of bytes) {
    crc ^= byte << 8
    for (let bit = 0; bit < 8; bit++) crc = (crc & 0x8000) === 0 ? crc << 1 : (crc << 1) ^ 0x1021
    crc &= 0xffff
  }
  return crc.toString(16).toUpperCase().padStart(4, '0')
}

/**
 * The checksum of a QR text over its UTF-8 bytes, four upper-case hex digits (EMVCo, NAPAS). The text it is made of ends
 * with `6304`, the head of the checksum itself.
 */
export function crc16(text: string): string {
  return crcOf(Buffer.from(text, 'utf8'))
}

/**
 * The checksum as the host computes it: over the low byte of every UTF-16 unit (VietQR server source). The same as
 * `crc16` for ASCII; for any other text no bank accepts the code.
 */
export function crc16LowByte(text: string): string {
  return crcOf(Buffer.from(text, 'latin1'))
}
