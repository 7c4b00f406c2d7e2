import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { packetBytes } from '../../../protocol/local/topics.ts'
import { vnd } from '../../../protocol/money.ts'
import type { BoundNotification } from '../../../protocol/vietqr/box.ts'
import {
  answerFields,
  cutBytes,
  fitBound,
  fitPaid,
  fitQr,
  writeBoxAnswer,
  writeBoxPayment,
} from '../../../protocol/vietqr/box-down.ts'
import { mostPacketBytes } from '../../../protocol/vietqr/box-kinds.ts'
import { boxIdOf } from '../../../protocol/vietqr/checksums.ts'
import { announcementText } from '../../../protocol/voice/announcement.ts'

const TO_BOX = `vietqr/boxId/${boxIdOf('VVB123456', 'TESTKEY-NOT-REAL-1')}`
const SCREEN = { topic: TO_BOX, mostBytes: mostPacketBytes('vietqr-box') }
const RESPONSE = { topic: 'vietqr/response/VVB123456', mostBytes: mostPacketBytes('vietqr-vending') }
const QR = `000201${'0123456789'.repeat(12)}6304ABCD`

const BOUND: BoundNotification = {
  notificationType: 'N16',
  bankAccount: '1234567890',
  bankShortName: 'MBBank',
  userBankName: 'NGUYEN VAN A',
  terminalCode: 'VVB123456',
  terminalName: 'Quầy thử',
  qrCode: QR,
  bankCode: 'MB',
  imgBank: '',
  homePage: '',
}
const ANSWER = {
  bankCode: 'MB',
  bankName: 'Ngân hàng thử',
  bankAccount: '1234567890',
  userBankName: 'NGUYEN VAN A',
  amount: '20000',
  content: 'VQR0123456789 PaymentForOrder',
  qrCode: QR,
  imgId: 'fake-image',
  existing: 1,
  transactionId: '',
  transactionRefId: 'RkFLRS1SRUY',
  qrLink: null,
  terminalCode: 'VVB123456',
  serviceCode: 'SVC001',
  orderId: 'GW0000000001',
  additionalData: [{ additionalData1: 'GW0000000001' }],
}
const PARTS = { answer: ANSWER, qrCode: QR, amount: vnd(20_000), orderId: 'VPB1', additionalData1: '42' }

function fieldsOf(text: string | null): Record<string, unknown> {
  return { ...answerFields(Buffer.from(text ?? '')) }
}

describe('the answer to a vending box', () => {
  it('carries what the box asked with, in the bytes its firmware searches for', () => {
    const text = writeBoxAnswer(PARTS, RESPONSE) ?? ''
    assert.ok(text.includes(`"qrCode":"${QR}"`))
    const { orderId, additionalData, amount, qrLink } = fieldsOf(text)
    assert.deepEqual([orderId, amount, qrLink], ['VPB1', '20000', undefined])
    assert.deepEqual(additionalData, [{ additionalData1: '42' }])
  })

  it('loses what is not needed one after the other until the packet fits, and never its code', () => {
    const long = { ...ANSWER, qrLink: 'https://example.invalid/'.padEnd(200, 'x'), bankName: 'Ngân hàng '.repeat(30) }
    const whole = writeBoxAnswer({ ...PARTS, answer: long }, { ...RESPONSE, mostBytes: 4000 }) ?? ''
    const bytes = packetBytes(RESPONSE.topic, whole)
    assert.equal(writeBoxAnswer({ ...PARTS, answer: long }, { ...RESPONSE, mostBytes: bytes }), whole)
    const shorter = writeBoxAnswer({ ...PARTS, answer: long }, { ...RESPONSE, mostBytes: bytes - 1 })
    assert.deepEqual(
      Object.keys(fieldsOf(whole)).filter(key => !(key in fieldsOf(shorter))),
      ['qrLink'],
    )
    for (let most = bytes; most > 0; most -= 7) {
      const text = writeBoxAnswer({ ...PARTS, answer: long }, { ...RESPONSE, mostBytes: most })
      if (text === null) continue
      assert.ok(packetBytes(RESPONSE.topic, text) <= most)
      assert.deepEqual([fieldsOf(text).qrCode, fieldsOf(text).amount], [QR, '20000'])
    }
  })

  it('is none at all for a code of 512 bytes, one with quotes, or one that fits in no packet', () => {
    const coded = (qrCode: string) => writeBoxAnswer({ ...PARTS, qrCode }, RESPONSE)
    assert.notEqual(coded('Q'.repeat(511)), null)
    assert.equal(coded('Q'.repeat(512)), null)
    assert.equal(coded('0002"01'), null)
    assert.equal(writeBoxAnswer(PARTS, { ...RESPONSE, mostBytes: 100 }), null)
  })
})

it('a payment has its amount as a number and the time of Vietnam', () => {
  const text = writeBoxPayment({
    bankAccount: '1234567890',
    amount: vnd(500_000),
    paidAt: Date.UTC(2024, 10, 21, 11, 53, 20),
    referenceNumber: 'FT24139000000001',
    orderId: 'VPB1',
    content: 'PaymentForOrder',
  })
  assert.equal(
    text,
    '{"bankAccount":"1234567890","amount":500000,"timePaid":"21/11/2024 18:53:20","transType":"C","referenceNumber":"FT24139000000001","orderId":"VPB1","content":"PaymentForOrder","status":1}',
  )
})

describe('notifications to a QR box', () => {
  it('N16 with the longest names stays inside 512 bytes, names end between letters, and nothing needed is missing', () => {
    const long = {
      ...BOUND,
      terminalName: 'Quán phở Hương Đường Nguyễn Thị Minh Khai '.repeat(9),
      userBankName: 'NGUYEN THI MINH KHAI '.repeat(12),
      qrCode: '0'.repeat(200),
    }
    const text = fitBound(long, SCREEN) ?? ''
    assert.ok(text !== '' && packetBytes(TO_BOX, text) < 512, String(packetBytes(TO_BOX, text)))
    const { bankAccount, bankCode, userBankName, qrCode } = fieldsOf(text)
    assert.deepEqual([bankAccount, bankCode, qrCode], ['1234567890', 'MB', long.qrCode])
    assert.ok(long.userBankName.startsWith(String(userBankName)) && userBankName !== '')
    assert.deepEqual(fieldsOf(fitBound(BOUND, SCREEN)).terminalName, 'Quầy thử')
    assert.equal(fitBound({ ...BOUND, qrCode: '0'.repeat(500) }, SCREEN), null)
  })

  it('N17 keeps its id and its code to the last byte that fits', () => {
    const qr = {
      transactionReceiveId: 'GW0000000001X',
      bankAccount: '1234567890',
      bankShortName: 'MBBank',
      userBankName: 'NGUYEN VAN A',
      content: 'VQR0123456789 CAPHE',
      amount: vnd(25_000),
      qrCode: QR,
    }
    const whole = fitQr(qr, SCREEN) ?? ''
    const { notificationType, amount, qrType } = fieldsOf(whole)
    assert.deepEqual([notificationType, amount, qrType], ['N17', '25,000', '0'])
    const bytes = packetBytes(TO_BOX, whole)
    assert.equal(fitQr(qr, { topic: TO_BOX, mostBytes: bytes }), whole)
    const shorter = fieldsOf(fitQr(qr, { topic: TO_BOX, mostBytes: bytes - 1 }))
    assert.deepEqual([shorter.content, shorter.qrCode, shorter.transactionReceiveId], [undefined, QR, 'GW0000000001X'])
    assert.equal(fitQr({ ...qr, qrCode: '0'.repeat(480) }, SCREEN), null)
  })

  it('N05 has room for the longest sentence, in both languages', () => {
    for (const language of ['vi', 'en'] as const) {
      const amount = vnd(999_999_999_999)
      const message = announcementText({ kind: 'summary', count: 10_000, amount }, { language, region: 'north' })
      assert.notEqual(fitPaid({ amount, message }, SCREEN), null)
    }
    assert.equal(fieldsOf(fitPaid({ amount: null, message: 'x' }, SCREEN)).amount, '*****')
  })

  it('a text is cut by bytes, never inside a letter or between a letter and its accent', () => {
    assert.equal(cutBytes('Phở', 4), 'Ph')
    assert.equal(cutBytes('Phở', 5), 'Phở')
    assert.equal(cutBytes('Pho\u031b\u0309', 4), 'Ph')
    assert.equal(cutBytes('☕️☕️', 6), '☕️')
  })
})
