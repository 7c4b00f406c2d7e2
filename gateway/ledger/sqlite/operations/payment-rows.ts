import type { Payment } from '../../model.ts'
import type { Db } from '../database.ts'
import { prepared } from '../prepared.ts'
import { PAYMENT, type PaymentRow, toPayment } from '../rows.ts'

const byReference = prepared<[reference: string, bankAccount: string], PaymentRow>(
  `SELECT ${PAYMENT} FROM payments WHERE reference_number = ? AND bank_account = ?`,
)

/** The payment of this account and reference: there is one at the most. */
export function findPayment(db: Db, bankAccount: string, reference: string): Payment | null {
  const row = byReference(db).get(reference, bankAccount)
  return row === undefined ? null : toPayment(row)
}
