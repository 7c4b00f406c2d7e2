import { GatewayError } from '../errors.ts'
import { AmountError, type Vnd } from '../money.ts'
import { checkTerminalCode } from './topics.ts'

/** What the host is asked for on `vietqr/request/{terminalCode}`. */
export interface QrRequest {
  readonly amount: Vnd
  /** At most 50 characters; accounts in the bank's merchant system take 19 letters and digits. */
  readonly content: string
  readonly bankAccount: string
  /** `MB` must be written exactly so. */
  readonly bankCode: string
  readonly userBankName: string
  readonly orderId: string
  /** Also chooses the topic of the answer, not the topic the request is published on (VietQR server source). */
  readonly terminalCode: string
  readonly serviceCode?: string | undefined
  /** The key of the one element of `additionalData`: `additionalData1`, or `info` as in VietQR's documentation. */
  readonly additionalDataKey: string
}

const MOST_CONTENT = 50

/**
 * The request in the one form every known build accepts: these fields and no other, because an unknown field or a
 * missing `additionalData` is answered by silence (VietQR server source).
 * @throws AmountError for 0, which would let the payer choose the amount
 * @throws TopicError for a terminal code that cannot be part of a topic
 * @throws GatewayError CONTENT_INVALID or INVALID_MESSAGE for a field that is empty or not plain ASCII
 */
export function writeQrRequest(r: QrRequest): string {
  if (r.amount === 0) throw new AmountError('the amount of a QR code is 0; it should be at least 1 đồng')
  checkTerminalCode(r.terminalCode)
  if (r.content.length > MOST_CONTENT) {
    throw new GatewayError('CONTENT_INVALID', `content has ${r.content.length} characters, the most is ${MOST_CONTENT}`)
  }
  const { amount, additionalDataKey, serviceCode, ...texts } = r
  for (const [name, text] of Object.entries({ ...texts, additionalDataKey })) plain(name, text)
  if (serviceCode !== undefined) plain('serviceCode', serviceCode)
  return JSON.stringify({
    amount,
    content: r.content,
    bankAccount: r.bankAccount,
    bankCode: r.bankCode,
    userBankName: r.userBankName,
    transType: 'C',
    orderId: r.orderId,
    terminalCode: r.terminalCode,
    serviceCode,
    additionalData: [{ [additionalDataKey]: r.orderId }],
  })
}

/** The server reads bytes in its machine's own charset: only ASCII arrives as it was sent. */
function plain(name: string, text: string): void {
  if (/^[ -~]+$/.test(text)) return
  const why =
    text === '' ? 'is empty, it should be filled' : 'should be ASCII only, without diacritics or control characters'
  throw new GatewayError(name === 'content' ? 'CONTENT_INVALID' : 'INVALID_MESSAGE', `${name} ${why}`)
}
