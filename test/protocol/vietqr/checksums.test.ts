import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  boxCodeFromBoxId,
  boxIdOf,
  checkOrderCheckSum,
  handleBoxCheckSum,
  lookupCheckSum,
  qrCertificateOf,
  refundCheckSum,
  syncTidCheckSum,
} from '../../../protocol/vietqr/checksums.ts'

const KEY = 'TESTKEY-NOT-REAL-1'

test('lookup: account and holder’s name', () => {
  assert.equal(lookupCheckSum('1234567890', 'NGUYEN VAN A'), '5b25cb5cfb15ee1277b5b25150711a04')
  assert.equal(lookupCheckSum('1234567890', 'ABC Corporation'), '8d569421acafe03d56153f41bc53325e')
  assert.equal(lookupCheckSum('1234567890', 'XYZ Ltd'), 'bd299d3094cc4fb0230f12de5fb18bb7')
  assert.equal(lookupCheckSum('1234567890', 'null'), '313657ff2836ea804837f2bfe2c3a910')
})

test('check-order over HTTP: account and API user', () => {
  assert.equal(checkOrderCheckSum('1234567890', 'apiuser'), '009ae121241dd783238c09e6039f1d0a')
})

test('refund: secret, reference, amount, account', () => {
  const refund = { secretKey: 'SECRET', amount: '25000', bankAccount: '1234567890' }
  assert.equal(refundCheckSum({ ...refund, referenceNumber: 'TXN123456789012' }), '7284209bd2ebe0083a8af2e8a9933e98')
  assert.equal(refundCheckSum({ ...refund, referenceNumber: 'FT24139000000001' }), 'aa3f891aa2ab1b7240bc042c6aacd713')
})

test('Sync TID: password, bank code, account', () => {
  const sync = { password: 'PASS', bankCode: 'MB', bankAccount: '1234567890' }
  assert.equal(syncTidCheckSum(sync), '848826bc3524e8b0d1e5c336f9eb1a98')
})

test('handle-box: the MAC exactly as sent, and the box key', () => {
  assert.equal(handleBoxCheckSum('AA:BB:CC:DD:EE:FF', KEY), '3db5ba7e5a41f4717852d27178892e18')
  assert.notEqual(handleBoxCheckSum('aa:bb:cc:dd:ee:ff', KEY), handleBoxCheckSum('AA:BB:CC:DD:EE:FF', KEY))
})

test('boxId: box code and key; the box code is read from it without the key', () => {
  const boxId = 'VlZCMTIzNDU2VEVTVEtFWS1OT1QtUkVBTC0x'
  assert.equal(boxIdOf('VVB123456', KEY), boxId)
  assert.equal(boxCodeFromBoxId(boxId), 'VVB123456')
})

test('qrCertificate: box code, MAC without colons or dots, key', () => {
  const certificate = 'CERT-VVB-VlZCMTIzNDU2QUFCQkNDRERFRUZGVEVTVEtFWS1OT1QtUkVBTC0x'
  assert.equal(qrCertificateOf('VVB123456', 'AA:BB:CC:DD:EE:FF', KEY), certificate)
  assert.equal(qrCertificateOf('VVB123456', 'AA.BB.CC.DD.EE.FF', KEY), certificate)
})

test('a boxId that carries no box code gives null', () => {
  for (const text of ['', 'not base64!', 'QUJD', boxIdOf('VVB12345x', KEY), boxIdOf('vvb123456', KEY), 'ÿÿÿÿ']) {
    assert.equal(boxCodeFromBoxId(text), null, text)
  }
})
