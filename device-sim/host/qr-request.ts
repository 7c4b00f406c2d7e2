import { z } from 'zod'
import type { HostContext } from './context.ts'
import { javaBoolean, javaInteger, javaList, javaLong, javaString, readJackson } from './jackson.ts'
import { Refusal } from './refusal.ts'

/** The one key of an element that the server takes (VietQR server source). */
const strictElement = z.strictObject({ additionalData1: javaString })
/** The documented key beside it; only what was sent is said again. */
const openElement = z.strictObject({ additionalData1: javaString, info: javaString })

/** The complete set of fields the oldest build takes; any other name rejects the message (VietQR server source). */
const fields = {
  amount: javaLong,
  content: javaString,
  bankAccount: javaString,
  bankCode: javaString,
  userBankName: javaString,
  transType: javaString,
  orderId: javaString,
  terminalCode: javaString,
  serviceCode: javaString,
  customerBankAccount: javaString,
  customerBankCode: javaString,
  customerName: javaString,
  sign: javaString,
  note: javaString,
  urlLink: javaString,
  reconciliation: javaBoolean,
  qrType: javaInteger,
}

type Elements = readonly Readonly<Record<string, string | null>>[] | null

/** A request on `vietqr/request/…` as the server's code sees it. */
export type QrRequest = z.output<z.ZodObject<typeof fields>> & { readonly additionalData: Elements }

const MOST_CONTENT = 50
/** What the bank's merchant service takes. */
const MMS_CONTENT = /^[A-Za-z0-9]{0,19}$/

/** @throws Refusal; the server then says nothing */
export function readQrRequest({ traits, faults }: HostContext, payload: Uint8Array): QrRequest {
  const { unknownFields, additionalDataKeys } = faults.values
  const lenient = unknownFields === 'ignore'
  const element = additionalDataKeys === 'info' ? openElement : strictElement
  const known = z.strictObject({
    ...fields,
    additionalData: javaList((lenient ? element.strip() : element).transform(withoutMissing)),
    ...(traits.subTerminalCode ? { subTerminalCode: javaString } : {}),
  })
  const request = readJackson(lenient ? known.strip() : known, payload)
  if (request === null) throw new Refusal(null, 'the body is null')
  if (request.qrType !== null && request.qrType !== 0) throw new Refusal('E46', 'qrType is not 0, a dynamic code')
  if (request.content !== null && request.content.length > MOST_CONTENT) {
    throw new Refusal('E26', `content has more than ${MOST_CONTENT} characters`)
  }
  return request
}

/** @throws Refusal of a request for an account in the bank's merchant service */
export function checkMmsRequest(
  { amount, content, orderId }: QrRequest,
  mostOrderId: number,
): { readonly amount: number } {
  if (amount === null) throw new Refusal('E34', 'amount is missing')
  if (!MMS_CONTENT.test(content ?? '')) throw new Refusal('E34', 'content is not 0 to 19 letters and digits')
  if (orderId !== null && orderId.length > mostOrderId) {
    throw new Refusal('E34', `orderId has more than ${mostOrderId} characters`)
  }
  return { amount }
}

/** `info` only where it was sent, so that what is not documented keeps the form it has. */
function withoutMissing(element: { readonly additionalData1: string | null; readonly info?: string | null }) {
  const { additionalData1, info = null } = element
  if (info === null) return { additionalData1 }
  return additionalData1 === null ? { info } : { additionalData1, info }
}
