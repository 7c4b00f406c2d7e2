import { gsonJson } from './java-json.ts'

interface BalanceChange {
  readonly bankAccount: string
  readonly amount: number
  /** Epoch seconds. */
  readonly timePaid: number
  readonly transType: string
  readonly referenceNumber: string
  readonly orderId: string | null
  readonly content: string
}

/** The bytes on `vietqr/bdsd/…`: the order of the keys is that of the server's hash map (VietQR server source). */
export function writeBalanceChange(change: BalanceChange): string {
  return gsonJson({
    bankAccount: change.bankAccount,
    amount: change.amount,
    timePaid: hostTimeText(change.timePaid),
    transType: change.transType,
    referenceNumber: change.referenceNumber,
    orderId: change.orderId,
    content: change.content,
    status: 1,
  })
}

const VIETNAM_OFFSET_SECONDS = 25_200

/** `dd/MM/yyyy HH:mm:ss`: the server adds seven hours and renders the sum as if it were GMT (VietQR server source). */
function hostTimeText(seconds: number): string {
  const iso = new Date((seconds + VIETNAM_OFFSET_SECONDS) * 1000).toISOString()
  const [year, month, day] = iso.slice(0, 10).split('-')
  return `${day}/${month}/${year} ${iso.slice(11, 19)}`
}
