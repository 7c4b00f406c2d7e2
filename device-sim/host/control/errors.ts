import { PaymentError } from '../payment-error.ts'
import { Refusal } from '../refusal.ts'

/** A request that cannot be carried out: the HTTP status, and what would be right. */
export class ControlError extends Error {
  override readonly name = 'ControlError'
  readonly status: number
  readonly code: string

  constructor(status: number, code: string, message: string) {
    super(message)
    this.status = status
    this.code = code
  }
}

const STATUS: Readonly<Partial<Record<PaymentError['code'], number>>> = {
  AMOUNT_INVALID: 400,
  ORDER_PAID: 409,
  PAYMENT_REVERSED: 409,
  BOX_UNBOUND: 409,
}

/** What went wrong, whatever it was, as the answer says it. */
export function asControlError(error: unknown): ControlError {
  if (error instanceof ControlError) return error
  if (error instanceof PaymentError) return new ControlError(STATUS[error.code] ?? 404, error.code, error.message)
  if (error instanceof Refusal) return new ControlError(400, 'TOPIC_INVALID', error.message)
  return new ControlError(500, 'FAILED', error instanceof Error ? error.message : String(error))
}
