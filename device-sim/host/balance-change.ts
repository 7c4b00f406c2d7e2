import type { FaultValues } from './faults.ts'
import { grouped, gsonJson, JavaDouble } from './java-json.ts'

type Forms = Pick<FaultValues, 'noticeAmount' | 'noticeOrderId'>

const USUAL: Forms = { noticeAmount: 'integer', noticeOrderId: 'present' }

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
export function writeBalanceChange(change: BalanceChange, forms = USUAL): string {
  return gsonJson({
    bankAccount: change.bankAccount,
    amount: amountIn(forms.noticeAmount, change.amount),
    timePaid: hostTimeText(change.timePaid),
    transType: change.transType,
    referenceNumber: change.referenceNumber,
    orderId: { present: change.orderId, absent: null, empty: '' }[forms.noticeOrderId],
    content: change.content,
    status: 1,
  })
}

function amountIn(form: Forms['noticeAmount'], amount: number): number | string | JavaDouble {
  switch (form) {
    case 'integer':
      return amount
    case 'decimal':
      return new JavaDouble(amount)
    case 'text':
      return String(amount)
    case 'grouped':
      return grouped(amount)
    case 'masked':
      return '*****'
  }
}

const VIETNAM_OFFSET_SECONDS = 25_200

/** `dd/MM/yyyy HH:mm:ss`: the server adds seven hours and renders the sum as if it were GMT (VietQR server source). */
function hostTimeText(seconds: number): string {
  const iso = new Date((seconds + VIETNAM_OFFSET_SECONDS) * 1000).toISOString()
  const [year, month, day] = iso.slice(0, 10).split('-')
  return `${day}/${month}/${year} ${iso.slice(11, 19)}`
}
