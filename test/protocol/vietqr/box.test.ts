import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  type BoxNotification,
  readBoxNotification,
  readHandleBoxReply,
  writeBoxNotification,
  writeHandleBox,
} from '../../../protocol/vietqr/box.ts'
import { box, bytes, changed } from '../samples/vietqr.ts'

function known(text: string): BoxNotification {
  const notification = readBoxNotification(bytes(text))
  assert.ok(notification.notificationType !== 'other')
  return notification
}

describe('the registration of a box', () => {
  it('is written with the MAC as the box writes it', () => {
    const checkSum = '3db5ba7e5a41f4717852d27178892e18'
    assert.equal(writeHandleBox({ mac: 'AA:BB:CC:DD:EE:FF', checkSum }), box.handleBox)
    assert.equal(JSON.parse(writeHandleBox({ mac: '11.78.36.89.21', checkSum })).macAddr, '11.78.36.89.21')
  })

  it('is answered by a certificate and a box id', () => {
    assert.deepEqual(readHandleBoxReply(bytes(box.handleBoxReply)), {
      qrCertificate: 'CERT-VVB-VlZCMTIzNDU2QUFCQkNDRERFRUZGVEVTVEtFWS1OT1QtUkVBTC0x',
      boxId: 'VlZCMTIzNDU2VEVTVEtFWS1OT1QtUkVBTC0x',
    })
  })

  it('answered without them, or with a box id that is no level of a topic, is MALFORMED', () => {
    for (const change of [
      { boxId: undefined },
      { boxId: '' },
      { boxId: 'a/b' },
      { boxId: '+' },
      { qrCertificate: null },
    ]) {
      assert.throws(() => readHandleBoxReply(changed(box.handleBoxReply, change)), { code: 'MALFORMED' })
    }
    for (const text of ['null', '', '[]']) assert.throws(() => readHandleBoxReply(bytes(text)), { code: 'MALFORMED' })
  })

  it('quotes no box id in an error', () => {
    const reply = changed(box.handleBoxReply, { boxId: 'KEY-NOT-REAL/x' })
    assert.throws(
      () => readHandleBoxReply(reply),
      (error: Error) => !error.message.includes('KEY-NOT-REAL'),
    )
  })
})

describe('a notification to a box', () => {
  for (const sample of [box.paid, box.paidMasked, box.clear, box.bound, box.qrLong]) {
    it(`${sample.slice(21, 24)} is read and written again byte for byte`, () => {
      assert.equal(writeBoxNotification(known(sample)), sample)
    })
  }

  it('N05 has its amount, or none when the host masks it', () => {
    assert.deepEqual(known(box.paid), { notificationType: 'N05', amount: 50000, message: 'Da nhan 50000 dong' })
    assert.deepEqual(known(box.paidMasked), { notificationType: 'N05', amount: null, message: 'Da nhan ***** dong' })
  })

  it('N17 in the short form of older builds is written in the long one, every value a text', () => {
    const written = writeBoxNotification(known(box.qrShort))
    assert.deepEqual(Object.keys(JSON.parse(written)), Object.keys(JSON.parse(box.qrLong)))
    assert.ok(Object.values(JSON.parse(written)).every(value => typeof value === 'string'))
    assert.equal(JSON.parse(written).qrCode, '000201…6304CC6D')
    assert.equal(JSON.parse(written).qrType, '0')
  })

  it('N16 without account, holder or bank is MALFORMED: it would empty the box’s own', () => {
    for (const name of ['bankAccount', 'userBankName', 'bankCode']) {
      for (const value of [undefined, null, '']) {
        assert.throws(() => readBoxNotification(changed(box.bound, { [name]: value })), {
          code: 'MALFORMED',
          message: new RegExp(`${name}: is `),
        })
      }
    }
  })

  it('of another type is named, not refused', () => {
    assert.deepEqual(readBoxNotification(bytes('{"status":"SUCCESS","notificationType":"N00"}')), {
      notificationType: 'other',
      named: 'N00',
    })
  })

  it('without a type, without a code or with an amount that is none is refused', () => {
    for (const text of ['null', '', '[]', '{}', '{"notificationType":null}']) {
      assert.throws(() => readBoxNotification(bytes(text)), { name: 'MessageError', code: 'MALFORMED' }, text)
    }
    assert.throws(() => readBoxNotification(changed(box.qrShort, { qrCode: '' })), { code: 'MALFORMED' })
    assert.throws(() => readBoxNotification(changed(box.paid, { amount: '50.000' })), { code: 'AMOUNT_INVALID' })
  })
})
