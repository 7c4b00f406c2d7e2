import type { Payment } from '../../model.ts'
import type { Db } from '../database.ts'
import { prepared } from '../prepared.ts'
import { type PaymentRow, toPayment } from '../rows.ts'

const byReference = prepared<{ bankAccount: string; reference: string }, PaymentRow>(
  'SELECT * FROM payments WHERE bank_account = $bankAccount AND reference_number = $reference',
)

/** The payment of this account and reference: there is one at the most. */
export function findPayment(db: Db, bankAccount: string, reference: string): Payment | null {
  const row = byReference(db).get({ bankAccount, reference })
  return row === undefined ? null : toPayment(row)
}
