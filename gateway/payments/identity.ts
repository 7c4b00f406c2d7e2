import { createHash } from 'node:crypto'
import type { BalanceChange } from '../../protocol/vietqr/balance-change.ts'

/**
 * The name of a payment within its bank account: the bank's reference. Where the host gave none, a hash of what it said stands
 * in, marked weak: the same notice twice is then one payment, and so would be two real payments that say exactly the same.
 */
export function referenceOf(notice: BalanceChange): { readonly reference: string; readonly weak: boolean } {
  if (notice.referenceNumber !== null) return { reference: notice.referenceNumber, weak: false }
  const said = [
    notice.bankAccount,
    notice.direction,
    notice.amount,
    notice.orderId ?? '',
    notice.content,
    notice.hostTimePaid ?? '',
  ]
  const hash = createHash('sha256').update(JSON.stringify(said)).digest('hex')
  return { reference: `none-${hash.slice(0, 24)}`, weak: true }
}
