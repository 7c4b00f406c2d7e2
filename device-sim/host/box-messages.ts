import type { FaultValues } from './faults.ts'
import { grouped, jacksonJson } from './java-json.ts'

// What a box is told on `vietqr/boxId/{boxId}`: every value is a text, in the order of the server (VietQR server source).

const MASKED = '*****'

/** N16: the box is bound and shows the static code of its terminal. */
export function writeBound(bound: {
  readonly bankAccount: string
  readonly bankCode: string
  readonly userBankName: string
  readonly boxCode: string
  readonly terminalName: string
  readonly qrCode: string
}): string {
  return jacksonJson({
    notificationType: 'N16',
    bankAccount: bound.bankAccount,
    bankShortName: bound.bankCode,
    userBankName: bound.userBankName,
    terminalCode: bound.boxCode,
    terminalName: bound.terminalName,
    qrCode: bound.qrCode,
    bankCode: bound.bankCode,
    imgBank: '',
    homePage: 'https://vietqr.example',
  })
}

interface PushedQr {
  readonly transactionReceiveId: string
  readonly bankAccount: string
  readonly bankCode: string
  readonly userBankName: string
  readonly content: string
  /** Whole VND. */
  readonly amount: number
  readonly qrCode: string
}

/** N17: show a dynamic code. The short form is that of earlier builds. */
export function writePushedQr(qr: PushedQr, form: FaultValues['boxQr'], masked: boolean): string {
  const amount = amountText(qr.amount, masked)
  if (form === 'short') return jacksonJson({ notificationType: 'N17', amount, qrCode: qr.qrCode })
  return jacksonJson({
    notificationType: 'N17',
    transactionReceiveId: qr.transactionReceiveId,
    bankAccount: qr.bankAccount,
    bankShortName: qr.bankCode,
    userBankName: qr.userBankName,
    content: qr.content,
    amount,
    qrCode: qr.qrCode,
    qrType: '0',
  })
}

/** N12: take the code off the screen. */
export function writeClear(transactionReceiveId: string): string {
  return jacksonJson({ notificationType: 'N12', transactionReceiveId })
}

/** N05: money was heard of. The server's template for the words is not known, only that raw digits fill it. */
export function writePaid(amount: number, masked: boolean): string {
  const message = `Thanh toán thành công ${masked ? MASKED : amount} đồng`
  return jacksonJson({ notificationType: 'N05', amount: amountText(amount, masked), message })
}

function amountText(amount: number, masked: boolean): string {
  return masked ? MASKED : grouped(amount)
}
