import assert from 'node:assert/strict'
import { test } from 'node:test'
import { crc16, crc16LowByte } from '../../../../protocol/vietqr/qr/crc.ts'
import { QrError, readTlv, writeTlv } from '../../../../protocol/vietqr/qr/tlv.ts'

test('the checksum has the check value of CRC-16/CCITT-FALSE', () => {
  assert.equal(crc16('123456789'), '29B1')
  assert.equal(crc16LowByte('123456789'), '29B1')
  assert.equal(crc16(''), 'FFFF')
})

test('the checksums differ for text that is not ASCII', () => {
  assert.equal(crc16('ở'), crc16LowByte('\u00e1\u00bb\u009f'))
  assert.equal(crc16LowByte('ở'), crc16LowByte('\u00df'))
})

test('tags are read in the order they stand, lengths count characters', () => {
  assert.deepEqual(
    [...readTlv('0802Ph0102đế', 'text')],
    [
      ['08', 'Ph'],
      ['01', 'đế'],
    ],
  )
  assert.deepEqual([...readTlv('', 'text')], [])
  assert.deepEqual(
    [...readTlv('54005802VN', 'text', ['54'])],
    [
      ['54', ''],
      ['58', 'VN'],
    ],
  )
})

test('lengths are tested at their ends: 1 and 99 fit, 0 and 100 do not', () => {
  assert.equal(writeTlv('08', 'x'), '0801x')
  assert.equal(writeTlv('08', 'x'.repeat(99)), `0899${'x'.repeat(99)}`)
  assert.throws(() => writeTlv('08', ''), QrError)
  assert.throws(() => writeTlv('08', 'x'.repeat(100)), { code: 'QR_MALFORMED', message: /100 characters; 1 to 99 fit/ })
})

test('a cut text is refused wherever it is cut inside a tag', () => {
  for (const cut of ['0', '08', '080', '0803', '0803ab']) assert.throws(() => readTlv(cut, 'text'), QrError, cut)
})

test('only ASCII digits make tags and lengths', () => {
  assert.throws(() => readTlv('٠٨01x', 'text'), QrError)
  assert.throws(() => readTlv('08 1x', 'text'), QrError)
  assert.throws(() => readTlv('08+1x', 'text'), QrError)
  assert.throws(() => writeTlv('8', 'x'), QrError)
})
