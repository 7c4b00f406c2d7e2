import type { LookupTransaction } from '../../protocol/local/down.ts'
import type { LookupAnswer, Lookups, Question } from '../host/lookups.ts'
import type { Urgency } from '../host/turns.ts'
import type { PaymentBook, TakenPayment } from '../ledger/ledger.ts'
import type { Terminal } from '../ledger/model.ts'

/**
 * Asks the host about a transaction and takes what it says as truth: a paid row of an order known here is a payment,
 * whether or not its balance change ever came.
 */
export class Inquiries {
  readonly #lookups: Lookups
  readonly #payments: PaymentBook
  readonly #taken: (payment: TakenPayment) => void

  /** `taken` hears of everything that had an effect on the ledger. */
  constructor(lookups: Lookups, payments: PaymentBook, taken: (payment: TakenPayment) => void) {
    this.#lookups = lookups
    this.#payments = payments
    this.#taken = taken
  }

  /** The answer, and what became of its rows. @throws GatewayError HOST_DOWN, HOST_SILENT */
  async inquire(terminal: Terminal, question: Question, urgency: Urgency = 'now'): Promise<Inquired> {
    const answer = await this.#lookups.ask(terminal, question, urgency)
    const taken: TakenPayment[] = []
    for (const row of answer.rows) {
      const payment = await this.#payments.takeLookupRow(terminal.terminalCode, row, answer.raw)
      this.#taken(payment)
      taken.push(payment)
    }
    return { ...answer, taken }
  }
}

export interface Inquired extends LookupAnswer {
  readonly taken: readonly TakenPayment[]
}

/** The rows of an answer as devices and the command line read them; times in epoch seconds. */
export function transactionsOf(answer: LookupAnswer): readonly LookupTransaction[] {
  return answer.rows.map(row => ({
    referenceNumber: row.referenceNumber ?? '',
    orderId: row.orderId ?? '',
    amount: row.amount,
    content: row.content,
    direction: row.direction,
    status: row.status,
    timeCreated: row.timeCreated === null ? null : Math.floor(row.timeCreated / 1000),
    timePaid: row.timePaid === null ? null : Math.floor(row.timePaid / 1000),
  }))
}
