import { vnd } from '../../protocol/money.ts'
import { buildQr } from '../../protocol/vietqr/qr/payload.ts'
import { ACCOUNT, HOLDER } from './world.ts'

/** What VietQR's service says, in the server's own form. */
export type Fields = Readonly<Record<string, unknown>>

/** The host's QR answer for a request. */
export function qrAnswer(request: Fields, more: Fields = {}): string {
  const amount = Number(request.amount)
  const content = `VQR0123456789 ${String(request.content)}`
  const account = String(request.bankAccount)
  const dynamic = { dynamic: false, bin: '970422', account, service: 'QRIBFTTA', amount: vnd(amount), content }
  return JSON.stringify({
    bankCode: 'MB',
    bankName: 'Ngân hàng thử',
    bankAccount: account,
    userBankName: HOLDER,
    amount: String(amount),
    content,
    qrCode: buildQr(dynamic),
    imgId: '',
    existing: 1,
    transactionId: '',
    transactionRefId: 'MDAwMDAwMDA',
    qrLink: null,
    terminalCode: request.terminalCode,
    serviceCode: null,
    orderId: request.orderId,
    additionalData: request.additionalData,
    ...more,
  })
}

let references = 0

/** A balance change; with a reference nobody had before, unless one is given. */
export function balanceChange(fields: Fields): string {
  references += 1
  const referenceNumber = `FT2413900000${String(references).padStart(4, '0')}`
  return JSON.stringify({
    bankAccount: ACCOUNT,
    amount: 25_000,
    timePaid: '21/11/2024 18:53:20',
    transType: 'C',
    referenceNumber,
    content: 'CAPHE',
    status: 1,
    ...fields,
  })
}

/** The row a lookup shows of a paid order. */
export function paidRow(orderId: unknown, change: Fields, timePaid = 1_732_189_999): Fields {
  return {
    referenceNumber: change.referenceNumber,
    orderId,
    amount: change.amount,
    content: change.content,
    transType: 'C',
    status: 1,
    type: 0,
    timeCreated: 1_732_189_990,
    timePaid,
    terminalCode: '',
    note: '',
    refundCount: 0,
    amountRefunded: 0,
  }
}
