import { inspectQr } from '../../protocol/vietqr/qr/payload.ts'

/** What a customer's phone reads from the code on a screen. */
export type ReadQr =
  | {
      readonly ok: true
      readonly bin: string
      readonly account: string
      /** Whole VND; null: the customer types it. */
      readonly amount: number | null
      readonly content: string | null
    }
  | { readonly ok: false /** What is wrong with it. */; readonly reason: string }

/** Reads a QR text as a bank app does; a code no bank app takes is on the screen all the same. */
export function readQr(text: string): ReadQr {
  const read = inspectQr(text)
  if (!read.ok) return read
  const { bin, account, amount, content } = read.payload
  return { ok: true, bin, account, amount, content }
}
