import { crc16LowByte } from '../../protocol/vietqr/qr/crc.ts'

interface QrText {
  /** `11`, which VietQR writes even with an amount; codes made by the bank's merchant service say `12`. */
  readonly initiation: '11' | '12'
  readonly bin: string
  readonly bankAccount: string
  readonly amount: number | null
  /** Tag 62-01, in codes of the merchant service. */
  readonly bill?: string | undefined
  readonly content: string
}

/**
 * The text of a QR code with the server's habits (VietQR server source): lengths count UTF-16 units, the checksum takes the
 * low byte of each, and an amount that is missing is spelt `null`. It is not the gateway's own writer, because that one
 * refuses to write what the server writes without a thought.
 */
export function qrText({ initiation, bin, bankAccount, amount, bill, content }: QrText): string {
  const additional = (bill === undefined ? '' : tag('01', bill)) + (content === '' ? '' : tag('08', content))
  const text = [
    tag('00', '01'),
    tag('01', initiation),
    tag('38', tag('00', 'A000000727') + tag('01', tag('00', bin) + tag('01', bankAccount)) + tag('02', 'QRIBFTTA')),
    tag('53', '704'),
    tag('54', String(amount)),
    tag('58', 'VN'),
    additional === '' ? '' : tag('62', additional),
    '6304',
  ].join('')
  return text + crc16LowByte(text)
}

function tag(id: string, value: string): string {
  return id + String(value.length).padStart(2, '0') + value
}
