import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { vnd } from '../../../../protocol/money.ts'
import { crc16, crc16LowByte } from '../../../../protocol/vietqr/qr/crc.ts'
import { buildQr, inspectQr, parseQr } from '../../../../protocol/vietqr/qr/payload.ts'
import { QrError } from '../../../../protocol/vietqr/qr/tlv.ts'
import { GOLDEN } from './vectors.ts'

const digits = (min: number, max: number) => fc.stringMatching(new RegExp(`^[0-9]{${min},${max}}$`))
const ascii = (max: number) => fc.string({ unit: 'binary-ascii', minLength: 1, maxLength: max })
const vietnamese = fc.string({
  unit: fc.constantFrom(...'aáàảãạăắâấđĐêếôơưửỹ PhởBún19'),
  minLength: 1,
  maxLength: 30,
})
const amount = fc.integer({ min: 0, max: 999_999_999_999 }).map(vnd)

const payloads = fc.record(
  {
    dynamic: fc.boolean(),
    bin: digits(6, 6),
    account: fc.stringMatching(/^[0-9A-Za-z]{1,19}$/),
    service: fc.constantFrom('QRIBFTTA', 'QRIBFTTC', 'QRPUSH', 'QRCASH', 'QRNEW'),
    amount: fc.option(amount),
    content: fc.option(fc.oneof(ascii(30), vietnamese)),
    merchantCategory: digits(4, 4),
    merchantName: ascii(25),
    merchantCity: fc.oneof(ascii(15), fc.constant('Hà Nội')),
    billNumber: ascii(20),
    terminalLabel: ascii(8),
    extra: fc.dictionary(fc.constantFrom('02', '26', '51', '55', '61', '64', '80', '38.03'), ascii(20)),
    crc: fc.constant('utf8' as const),
  },
  {
    noNullPrototype: true,
    requiredKeys: ['dynamic', 'bin', 'account', 'service', 'amount', 'content', 'extra', 'crc'],
  },
)

test('whatever is written is read back the same', () => {
  fc.assert(
    fc.property(payloads, payload => {
      assert.deepEqual(parseQr(buildQr(payload)), { ...payload, extra: { ...payload.extra } })
    }),
  )
})

test('the host’s checksum is told from the right one', () => {
  fc.assert(
    fc.property(vietnamese, content => {
      const fields = {
        dynamic: false,
        bin: '970422',
        account: '1234567890',
        service: 'QRIBFTTA',
        amount: null,
        content,
      }
      const text = buildQr({ ...fields, crc: 'low-byte' })
      const covered = text.slice(0, -4)
      const expected = crc16(covered) === crc16LowByte(covered) ? 'utf8' : 'low-byte'
      assert.equal(parseQr(text).crc, expected)
    }),
  )
})

test('any text gives a payload or a QrError, nothing else', () => {
  const damaged = fc
    .tuple(fc.constantFrom(...GOLDEN.map(({ text }) => text)), fc.nat(), fc.nat(8), fc.string({ maxLength: 8 }))
    .map(([text, at, length, instead]) => {
      const start = at % text.length
      const body = (text.slice(0, start) + instead + text.slice(start + length)).slice(0, -4)
      return body + crc16(body)
    })
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), damaged), text => {
      const inspected = inspectQr(text)
      assert.ok(inspected.ok || inspected.reason.length > 0)
    }),
    { numRuns: 1000 },
  )
})

/**
 * A CRC-16 notices for certain every change within 16 neighbouring bits, so every single ASCII character put in place of
 * another, wherever it stands; in the checksum itself any change is one.
 */
test('one ASCII character put in place of another is always noticed', () => {
  for (const { text } of GOLDEN) {
    for (let at = 0; at < text.length; at++) {
      const flipped = [1, 2, 4, 8, 16, 32, 64].map(bit => String.fromCharCode(text.charCodeAt(at) ^ bit))
      for (const other of ['0', '1', '9', 'A', 'a', 'z', ' ', '~', '\n', ...flipped]) {
        if (other === text[at]) continue
        const changed = text.slice(0, at) + other + text.slice(at + 1)
        assert.throws(() => parseQr(changed), QrError, changed)
      }
    }
  }
})

/**
 * A letter outside ASCII may share its low byte with the one it replaces and so keep the host's checksum: then, and only
 * in the content, the code still reads, but as one with the host's checksum.
 */
test('a letter outside ASCII in place of another is refused, or reported as low-byte', () => {
  for (const { text } of GOLDEN) {
    for (let at = 0; at < text.length; at++) {
      for (const page of [0x0100, 0x0400, 0x1e00, 0xff00]) {
        const other = String.fromCharCode(page + text.charCodeAt(at))
        const inspected = inspectQr(text.slice(0, at) + other + text.slice(at + 1))
        if (inspected.ok) {
          assert.equal(inspected.payload.crc, 'low-byte')
          assert.ok(inspected.payload.content?.includes(other))
        }
      }
    }
  }
})

test('one character lost or doubled is noticed', () => {
  for (const { text } of GOLDEN) {
    for (let at = 0; at < text.length; at++) {
      assert.throws(() => parseQr(text.slice(0, at) + text.slice(at + 1)), QrError)
      assert.throws(() => parseQr(text.slice(0, at + 1) + text.slice(at)), QrError)
    }
  }
})
