/**
 * `vietqr/test/transaction-callback`: money that is only pretended (VietQR server source). Nothing is published but the
 * reply, on a topic all merchants share.
 *
 *   build 4   finds the pending order by account, content and amount and marks it as paid
 *   build 5   goes the way of plain accounts, once for each merchant the account is linked to: an order is found by the
 *             `VQR…` token in the content, and the reply says nothing of whether one was. For an account of the merchant
 *             service it does nothing, so that the result it publishes is still the `null` it began with
 *
 * Build 3 has no such handler.
 */
import { z } from 'zod'
import type { Handler, HostContext } from './context.ts'
import { javaString, readJackson } from './jackson.ts'
import { jacksonJson } from './java-json.ts'
import type { Payments } from './payments.ts'
import { Refusal } from './refusal.ts'

const invented = z.strictObject({
  bankAccount: javaString,
  content: javaString,
  amount: javaString,
  transType: javaString,
})
const settled = z.strictObject({ ...invented.shape, urlLink: javaString })

interface Callback {
  readonly bankAccount: string
  readonly content: string
  readonly amount: string
  readonly transType: string
}

const LARGEST_JAVA_INT = 2_147_483_647
const SUCCESS = jacksonJson({ status: 'SUCCESS', message: '' })

export class TestCallbackHandler implements Handler {
  readonly topics = /^vietqr\/test\/transaction-callback$/
  readonly #host: HostContext
  readonly #payments: Payments
  readonly #settles: boolean

  constructor(host: HostContext, payments: Payments) {
    this.#host = host
    this.#payments = payments
    this.#settles = host.traits.testCallback === 'settles an order'
  }

  async handle(topic: string, payload: Uint8Array): Promise<void> {
    const replyTopic = this.#settles ? 'vietqr/transaction-callback/response' : 'vietqr/response/transaction-callback'
    for (const reply of await this.#replies(topic, payload)) {
      await this.#host.publish('answered', replyTopic, reply)
    }
  }

  async #replies(topic: string, payload: Uint8Array): Promise<readonly string[]> {
    const schema = this.#settles ? settled : invented
    const read = readJackson(this.#host.faults.values.unknownFields === 'ignore' ? schema.strip() : schema, payload)
    try {
      const callback = complete(read)
      return this.#settles ? await this.#settle(callback) : await this.#invent(callback)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      this.#host.events.emit('refused', { topic, code: error.code, reason: error.message })
      return [jacksonJson({ status: 'FAILED', message: error.message })]
    }
  }

  async #settle({ bankAccount, content, amount }: Callback): Promise<readonly string[]> {
    const found = await this.#payments.pretendSettled({ bankAccount, content, amount: javaLong(amount) })
    if (!found) throw new Refusal(null, 'Transaction not found')
    return [SUCCESS]
  }

  async #invent({ bankAccount, content, amount, transType }: Callback): Promise<readonly string[]> {
    const account = this.#host.accounts.byNumber(bankAccount)
    const links = account?.merchantLinks ?? 1
    if (account === null || links === 0) throw new Refusal(null, 'BANK ACCOUNT IS NOT MATCH WITH MERCHANT INFO')
    const notice = { bankAccount, content, amount: javaInt(amount), transType }
    if (account.kind === 'mms' && transType === 'C') return ['null']
    for (let link = 0; link < links; link++) await this.#payments.pretend(notice)
    return Array.from({ length: links }, () => SUCCESS)
  }
}

function complete(read: z.output<typeof invented> | null): Callback {
  if (read === null) throw new Refusal(null, 'INVALID REQUEST BODY')
  const { bankAccount, content, amount, transType } = read
  if (bankAccount === null || content === null || amount === null || transType === null) {
    throw new Refusal(null, 'INVALID REQUEST BODY')
  }
  return { bankAccount, content, amount, transType }
}

function javaInt(text: string): number {
  const value = javaLong(text)
  if (Math.abs(value) > LARGEST_JAVA_INT) throw unreadable(text)
  return value
}

function javaLong(text: string): number {
  const value = Number(text)
  if (!/^[+-]?\d+$/.test(text) || !Number.isSafeInteger(value)) throw unreadable(text)
  return value
}

function unreadable(text: string): Refusal {
  return new Refusal(null, `Error: For input string: "${text}"`)
}
