import { AmountError, type Vnd } from '../money.ts'
import { asciiJson, malformed, parsePayload } from './json.ts'
import { readVerdict } from './verdict.ts'

/** A payment the sandbox is asked to pretend. */
export interface TestCallback {
  readonly bankAccount: string
  /** The content of the QR answer, unchanged: its `VQR…` token finds the order. */
  readonly content: string
  readonly amount: Vnd
}

/** What the sandbox says to a simulated payment. It names neither order nor terminal. */
export type TestCallbackReply =
  | { readonly kind: 'accepted'; readonly message: string }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'null' }

/** The server parses the amount as a 32-bit integer (VietQR server source). */
const MOST = 2_147_483_647

/**
 * The simulated payment for `vietqr/test/transaction-callback`, a topic without any authentication: sandbox only.
 * @throws AmountError above 2 147 483 647
 */
export function writeTestCallback(callback: TestCallback): string {
  const { bankAccount, content, amount } = callback
  if (amount > MOST) {
    throw new AmountError(`the amount ${amount} is too large for a simulated payment; the most is ${MOST} đồng`)
  }
  return asciiJson({ bankAccount, content, amount: String(amount), transType: 'C' })
}

/**
 * Reads the reply; failures are sentences, not codes.
 * @throws MessageError MALFORMED
 */
export function readTestCallbackReply(payload: Uint8Array): TestCallbackReply {
  const what = 'reply to the simulated payment'
  const value = parsePayload(payload, what)
  if (value === null) return { kind: 'null' }
  const verdict = readVerdict(value)
  if (verdict === null) throw malformed(what, 'it should be an object with the status "SUCCESS" or "FAILED"')
  return { kind: verdict.ok ? 'accepted' : 'failed', message: verdict.message }
}
