import { jacksonJson } from './java-json.ts'
import type { QrRequest } from './qr-request.ts'

/** What an answer takes from somewhere else than the request. */
interface Made {
  readonly bank: { readonly code: string; readonly name: string }
  readonly bankAccount: string
  /** As VietQR stores it, or as the request has it for an account VietQR does not know. */
  readonly userBankName: string
  readonly content: string
  readonly qrCode: string
  readonly imgId: string
  readonly existing: 0 | 1
  /** Base64url of the transaction's id; null when there is no transaction. */
  readonly transactionRefId: string | null
  /** The merchant service of one build answers with none of what was sent. */
  readonly additionalData: QrRequest['additionalData']
  /** Fields of the request that this build does not say again. */
  readonly unnamed: readonly string[]
}

/**
 * The bytes on `vietqr/response/{terminalCode}`: the server's field order, nulls written out, the amount as a text
 * (VietQR server source). `subTerminalCode` is left out: the newer builds have it, but where is not known.
 */
export function writeQrAnswer(request: QrRequest, made: Made): string {
  const stored = made.transactionRefId !== null
  const named = (field: 'serviceCode' | 'orderId') => (made.unnamed.includes(field) ? null : request[field])
  return jacksonJson({
    bankCode: made.bank.code,
    bankName: made.bank.name,
    bankAccount: made.bankAccount,
    userBankName: made.userBankName.toUpperCase(),
    amount: String(request.amount),
    content: made.content,
    qrCode: made.qrCode,
    imgId: made.imgId,
    existing: made.existing,
    transactionId: stored ? '' : null,
    transactionRefId: made.transactionRefId,
    qrLink: stored ? `https://vietqr.example/qr-generated?token=${made.transactionRefId}` : null,
    terminalCode: stored ? request.terminalCode : null,
    serviceCode: named('serviceCode'),
    orderId: named('orderId'),
    additionalData: made.additionalData,
  })
}

/** 48 characters for a UUID (VietQR server source). */
export function transactionRefIdOf(transactionId: string): string {
  return Buffer.from(transactionId).toString('base64url')
}
