import { z } from 'zod'
import type { Handler, HostContext } from './context.ts'
import { javaString, readJackson } from './jackson.ts'
import { jacksonJson } from './java-json.ts'
import type { Payments } from './payments.ts'
import { Refusal } from './refusal.ts'

const schema = z.strictObject({
  bankAccount: javaString,
  content: javaString,
  amount: javaString,
  transType: javaString,
})

const REPLY_TOPIC = 'vietqr/response/transaction-callback'
const LARGEST_JAVA_INT = 2_147_483_647

/**
 * `vietqr/test/transaction-callback`: money that is only pretended, as build 5 takes it (VietQR server source). It goes the
 * way of plain accounts: an order is found by the `VQR…` token in the content, nothing is published but the reply, and
 * the reply says nothing of whether an order was found. For an account of the merchant service the server does nothing,
 * so that the result it publishes is still the `null` it began with.
 */
export class TestCallbackHandler implements Handler {
  readonly topics = /^vietqr\/test\/transaction-callback$/
  readonly #host: HostContext
  readonly #payments: Payments

  constructor(host: HostContext, payments: Payments) {
    this.#host = host
    this.#payments = payments
  }

  async handle(topic: string, payload: Uint8Array): Promise<void> {
    await this.#host.publish('answered', REPLY_TOPIC, await this.#reply(topic, payload))
  }

  async #reply(topic: string, payload: Uint8Array): Promise<string> {
    const callback = readJackson(schema, payload)
    try {
      return (await this.#pretend(callback)) ? jacksonJson({ status: 'SUCCESS', message: '' }) : 'null'
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      this.#host.events.emit('refused', { topic, code: error.code, reason: error.message })
      return jacksonJson({ status: 'FAILED', message: error.message })
    }
  }

  /** @returns false when the server does nothing */
  async #pretend(callback: z.output<typeof schema> | null): Promise<boolean> {
    if (callback === null) throw new Refusal(null, 'INVALID REQUEST BODY')
    const { bankAccount, content, transType } = callback
    if (bankAccount === null || content === null || callback.amount === null || transType === null) {
      throw new Refusal(null, 'INVALID REQUEST BODY')
    }
    const account = this.#host.accounts.byNumber(bankAccount)
    if (account === null) throw new Refusal(null, 'BANK ACCOUNT IS NOT MATCH WITH MERCHANT INFO')
    const amount = javaInt(callback.amount)
    if (account.kind === 'mms' && transType === 'C') return false
    await this.#payments.pretend({ bankAccount, content, amount, transType })
    return true
  }
}

function javaInt(text: string): number {
  const value = Number(text)
  if (!/^[+-]?\d+$/.test(text) || Math.abs(value) > LARGEST_JAVA_INT) {
    throw new Refusal(null, `Error: For input string: "${text}"`)
  }
  return value
}
