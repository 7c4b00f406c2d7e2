import { crc16LowByte } from '../../protocol/vietqr/qr/crc.ts'
import type { FaultValues } from './faults.ts'

interface QrText {
  /** `11`, which VietQR writes even with an amount; codes made by a bank say `12`. */
  readonly initiation: '11' | '12'
  readonly bin: string
  readonly bankAccount: string
  /** The empty text is that of the static code of a box. */
  readonly amount: number | null | ''
  /** Tag 62-01, in codes made by a bank. */
  readonly bill?: string | undefined
  readonly content: string
  readonly defect?: FaultValues['qrDefect'] | undefined
}

/** By how much the checksum of the documented sample is off, bit by bit. */
const SAMPLE_CHECKSUM_ERROR = 0x7967
/** By how many characters the two lengths of its tag 62 are too large. */
const SAMPLE_LENGTH_ERROR = 3
/** Its amount is two fifths of the one beside it. */
const SAMPLE_AMOUNT_PART = 0.4

/**
 * The text of a QR code with the server's habits (VietQR server source): lengths count UTF-16 units, the checksum takes the
 * low byte of each, and an amount that is missing is spelt `null`. It is not the gateway's own writer, because that one
 * refuses to write what the server writes without a thought.
 */
export function qrText({ initiation, bin, bankAccount, amount, bill, content, defect = 'none' }: QrText): string {
  const error = defect === 'sample' ? SAMPLE_LENGTH_ERROR : 0
  const additional = (bill === undefined ? '' : tag('01', bill)) + (content === '' ? '' : tag('08', content, error))
  const text = [
    tag('00', '01'),
    tag('01', initiation),
    tag('38', tag('00', 'A000000727') + tag('01', tag('00', bin) + tag('01', bankAccount)) + tag('02', 'QRIBFTTA')),
    tag('53', '704'),
    tag('54', amountText(amount, defect)),
    tag('58', 'VN'),
    additional === '' ? '' : tag('62', additional, error),
    '6304',
  ].join('')
  return text + checksum(text, defect)
}

function tag(id: string, value: string, error = 0): string {
  return id + String(value.length + error).padStart(2, '0') + value
}

function amountText(amount: QrText['amount'], defect: FaultValues['qrDefect']): string {
  if (defect === 'no-amount') return ''
  if (defect === 'null-amount') return 'null'
  if (defect === 'sample' && typeof amount === 'number') return String(Math.trunc(amount * SAMPLE_AMOUNT_PART))
  return String(amount)
}

function checksum(text: string, defect: FaultValues['qrDefect']): string {
  const right = crc16LowByte(text)
  if (defect !== 'wrong-crc' && defect !== 'sample') return right
  const wrong = Number.parseInt(right, 16) ^ SAMPLE_CHECKSUM_ERROR
  return wrong.toString(16).toUpperCase().padStart(4, '0')
}
