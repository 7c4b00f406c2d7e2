import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkQr } from '../../../gateway/orders/qr-check.ts'
import { vnd } from '../../../protocol/money.ts'
import { buildQr } from '../../../protocol/vietqr/qr/payload.ts'
import { readQrAnswer } from '../../../protocol/vietqr/qr-answer.ts'

const order = { amount: vnd(25_000), bankAccount: '9990000001' }

function answer(fields: Readonly<Record<string, unknown>>) {
  const said = { amount: '25000', content: 'VQR0123456789 CAPHE', existing: 1, qrCode: qr({}), ...fields }
  const read = readQrAnswer(Buffer.from(JSON.stringify(said)))
  assert.equal(read.kind, 'qr')
  return read.kind === 'qr' ? read : assert.fail()
}

function qr(fields: { amount?: number; account?: string }): string {
  const { amount = 25_000, account = '9990000001' } = fields
  return buildQr({
    dynamic: false,
    bin: '970422',
    account,
    service: 'QRIBFTTA',
    amount: vnd(amount),
    content: 'VQR0123456789 CAPHE',
  })
}

test('a code for this amount and account is shown, with the text that is in it', () => {
  const verdict = checkQr(answer({}), order, 'strict')
  assert.deepEqual(verdict, {
    ok: true,
    qr: {
      qrCode: qr({}),
      warning: null,
      qrContent: 'VQR0123456789 CAPHE',
      answerContent: 'VQR0123456789 CAPHE',
      traceToken: 'VQR0123456789',
      userBankName: null,
    },
  })
})

test('a well-formed code with another amount or account is never shown', () => {
  for (const wrong of [
    { qrCode: qr({ amount: 2_500 }) },
    { qrCode: qr({ account: '9990000009' }) },
    { amount: '2500' },
  ]) {
    for (const mode of ['warn', 'strict'] as const) {
      const verdict = checkQr(answer(wrong), order, mode)
      assert.equal(verdict.ok ? 'shown' : verdict.code, 'QR_MISMATCH')
    }
  }
})

test('a malformed code is shown with the reason under warn and refused under strict', () => {
  const broken = answer({ qrCode: `${qr({}).slice(0, -4)}0000` })
  const warned = checkQr(broken, order, 'warn')
  assert.equal(warned.ok && warned.qr.warning !== null && warned.qr.warning.length > 0, true)
  const refused = checkQr(broken, order, 'strict')
  assert.equal(refused.ok ? 'shown' : refused.code, 'QR_MISMATCH')
})

test('an account VietQR does not know is refused: its payments would never be reported', () => {
  const verdict = checkQr(answer({ existing: 0 }), order, 'warn')
  assert.equal(verdict.ok ? 'shown' : verdict.code, 'ACCOUNT_UNKNOWN')
})
