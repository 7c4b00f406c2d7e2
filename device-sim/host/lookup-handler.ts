import { z } from 'zod'
import { lookupCheckSum } from '../../protocol/vietqr/checksums.ts'
import { type Handler, type HostContext, storedTime } from './context.ts'
import { javaInteger, javaString, readJackson } from './jackson.ts'
import { jacksonJson } from './java-json.ts'
import type { Transaction } from './orders.ts'
import { Refusal } from './refusal.ts'

const schema = z.strictObject({
  bankAccount: javaString,
  type: javaInteger,
  value: javaString,
  checkSum: javaString,
})

/**
 * `vietqr/request-status/…`: what VietQR has stored under an order id or a reference. The reply keeps the topic's suffix,
 * whatever it is. Unlike a QR request, a lookup that can be read is answered even when it is refused (VietQR server source).
 */
export class LookupHandler implements Handler {
  readonly topics = /^vietqr\/request-status\/./s
  readonly #host: HostContext

  constructor(host: HostContext) {
    this.#host = host
  }

  async handle(topic: string, payload: Uint8Array): Promise<void> {
    const lenient = this.#host.faults.values.unknownFields === 'ignore'
    const request = readJackson(lenient ? schema.strip() : schema, payload)
    await this.#host.publish(
      'answered',
      topic.replace('request-status', 'response-status'),
      this.#reply(topic, request),
    )
  }

  #reply(topic: string, request: z.output<typeof schema> | null): string {
    try {
      const { lookupShape, refundedRows } = this.#host.faults.values
      const rows = this.#rows(request).map(row => fieldsOf(row, refundedRows))
      const [only] = rows
      return jacksonJson(lookupShape === 'object' && only !== undefined && rows.length === 1 ? only : rows)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      this.#host.events.emit('refused', { topic, code: error.code, reason: error.message })
      return jacksonJson({ status: 'FAILED', message: error.code })
    }
  }

  #rows(request: z.output<typeof schema> | null): readonly Transaction[] {
    if (request?.value == null || request.value === '') throw new Refusal('E46', 'the body or its value is empty')
    const { bankAccount, type, value, checkSum } = request
    if (checkSum === null) throw new Refusal('E05', 'checkSum is missing')
    // For an account VietQR does not know, the name is the word "null".
    const holder = this.#host.accounts.byNumber(bankAccount ?? '')?.userBankName ?? 'null'
    if (checkSum !== lookupCheckSum(String(bankAccount), holder)) throw new Refusal('E39', 'checkSum is wrong')
    if (type !== 0 && type !== 1) throw new Refusal('E95', 'type is neither 0 nor 1')
    const by = type === 0 ? 'orderId' : 'referenceNumber'
    return this.#host.orders.lookup(by, value, bankAccount ?? '', storedTime(this.#host, this.#host.now()))
  }
}

function fieldsOf(row: Transaction, refunded: boolean) {
  const amountRefunded = refunded ? row.amountReversed : 0
  return {
    referenceNumber: row.referenceNumber,
    orderId: row.orderId,
    amount: row.amount,
    content: row.content,
    transType: row.transType,
    status: row.status,
    type: row.type,
    timeCreated: row.timeCreated,
    timePaid: row.timePaid,
    terminalCode: row.terminalCode,
    note: row.note,
    refundCount: amountRefunded > 0 ? 1 : 0,
    amountRefunded,
  }
}
