import { z } from 'zod'
import { javaBoolean, javaInteger, javaList, javaLong, javaString, readJackson } from './jackson.ts'
import { Refusal } from './refusal.ts'

/** The complete set of fields build 5 takes; any other name rejects the message (VietQR server source). */
const schema = z.strictObject({
  amount: javaLong,
  content: javaString,
  bankAccount: javaString,
  bankCode: javaString,
  userBankName: javaString,
  transType: javaString,
  orderId: javaString,
  terminalCode: javaString,
  serviceCode: javaString,
  additionalData: javaList(z.strictObject({ additionalData1: javaString })),
  customerBankAccount: javaString,
  customerBankCode: javaString,
  customerName: javaString,
  sign: javaString,
  note: javaString,
  urlLink: javaString,
  subTerminalCode: javaString,
  reconciliation: javaBoolean,
  qrType: javaInteger,
})

/** A request on `vietqr/request/…` as the server's code sees it. */
export type QrRequest = z.output<typeof schema>

const MOST_CONTENT = 50
/** What the bank's merchant service takes; the length of the order id is that of build 5. */
const MMS_CONTENT = /^[A-Za-z0-9]{0,19}$/
const MMS_MOST_ORDER_ID = 22

/** @throws Refusal; the server then says nothing */
export function readQrRequest(payload: Uint8Array): QrRequest {
  const request = readJackson(schema, payload)
  if (request === null) throw new Refusal(null, 'the body is null')
  if (request.qrType !== null && request.qrType !== 0) throw new Refusal('E46', 'qrType is not 0, a dynamic code')
  if (request.content !== null && request.content.length > MOST_CONTENT) {
    throw new Refusal('E26', `content has more than ${MOST_CONTENT} characters`)
  }
  return request
}

/** @throws Refusal of a request for an account in the bank's merchant service */
export function checkMmsRequest({ amount, content, orderId }: QrRequest): { readonly amount: number } {
  if (amount === null) throw new Refusal('E34', 'amount is missing')
  if (!MMS_CONTENT.test(content ?? '')) throw new Refusal('E34', 'content is not 0 to 19 letters and digits')
  if (orderId !== null && orderId.length > MMS_MOST_ORDER_ID) {
    throw new Refusal('E34', `orderId has more than ${MMS_MOST_ORDER_ID} characters`)
  }
  return { amount }
}
