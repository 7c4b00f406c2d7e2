/** Something a person asked for at the control port that cannot be done. */
export class PaymentError extends Error {
  override readonly name = 'PaymentError'
  readonly code:
    | 'ORDER_UNKNOWN'
    | 'ORDER_PAID'
    | 'ACCOUNT_UNKNOWN'
    | 'AMOUNT_INVALID'
    | 'PAYMENT_UNKNOWN'
    | 'PAYMENT_REVERSED'
    | 'BOX_UNKNOWN'
    | 'BOX_UNBOUND'

  constructor(code: PaymentError['code'], message: string) {
    super(message)
    this.code = code
  }
}

/** @throws PaymentError for anything but whole VND of at least 1 */
export function checkedAmount(amount: number | null): number {
  if (amount === null) throw new PaymentError('AMOUNT_INVALID', 'the code asks for no amount; give one, in whole VND')
  if (Number.isSafeInteger(amount) && amount > 0) return amount
  throw new PaymentError('AMOUNT_INVALID', 'the amount is not valid; it should be whole VND, at least 1')
}
