import { GatewayError } from '../../protocol/errors.ts'
import { readTestCallbackReply, writeTestCallback } from '../../protocol/vietqr/test-callback.ts'
import type { HostTopics } from '../../protocol/vietqr/topics.ts'
import type { Clock } from '../clock.ts'
import type { Order } from '../ledger/model.ts'
import { HostDownError, type HostLink } from './host-link.ts'

type Reply = ReturnType<typeof readTestCallbackReply>

/**
 * Simulated payments, in VietQR's sandbox only. The host's reply is one topic for all merchants and names nothing, so one
 * is under way at a time. The request is known from VietQR's server, not from its documentation.
 */
export class SimulatedPayments {
  readonly #link: HostLink
  readonly #topics: HostTopics
  readonly #clock: Clock
  readonly #options: { readonly allowed: boolean; readonly timeoutMs: number }
  #last: Promise<unknown> = Promise.resolve()
  #settle: ((reply: Reply) => void) | null = null

  constructor(
    link: HostLink,
    topics: HostTopics,
    clock: Clock,
    options: { readonly allowed: boolean; readonly timeoutMs: number },
  ) {
    this.#link = link
    this.#topics = topics
    this.#clock = clock
    this.#options = options
  }

  /** The reply topics to listen on; none in production. */
  topics(): readonly string[] {
    return this.#options.allowed ? this.#topics.testCallbackReplies() : []
  }

  /**
   * Asks the host to act as if the order had been paid. Resolves when the host accepted it.
   * @throws GatewayError SANDBOX_ONLY in production (nothing is sent), ORDER_UNKNOWN before there is a QR, HOST_DOWN,
   * HOST_SILENT, or HOST_REFUSED with the host's words
   */
  async pay(order: Order): Promise<void> {
    this.assertAllowed()
    const paid = this.#last.then(() => this.#pay(order))
    this.#last = paid.catch(() => {})
    await paid
  }

  /** @throws GatewayError SANDBOX_ONLY in production */
  assertAllowed(): void {
    if (this.#options.allowed) return
    throw new GatewayError(
      'SANDBOX_ONLY',
      'simulated payments exist in the sandbox only; host.environment is production',
    )
  }

  /** A message on one of the reply topics; what is wrong with it when nothing waits for one. @throws MessageError */
  answer(payload: Uint8Array): string | null {
    const reply = readTestCallbackReply(payload)
    if (this.#settle === null) return 'no simulated payment is waiting'
    this.#settle(reply)
    return null
  }

  async #pay(order: Order): Promise<void> {
    if (order.answerContent === null) {
      throw new GatewayError('ORDER_UNKNOWN', `order ${order.orderId} has no QR yet: there is nothing to pay`)
    }
    const { bankAccount, answerContent: content, amount } = order
    const { promise, resolve, reject } = Promise.withResolvers<Reply>()
    this.#settle = resolve
    const cancel = this.#clock.after(this.#options.timeoutMs, () => reject(new GatewayError('HOST_SILENT')))
    try {
      await Promise.race([this.#publish(writeTestCallback({ bankAccount, content, amount })), promise])
      assertAccepted(await promise)
    } finally {
      cancel()
      this.#settle = null
    }
  }

  async #publish(payload: string): Promise<void> {
    try {
      await this.#link.publish(this.#topics.testCallback(), payload)
    } catch (error) {
      if (error instanceof HostDownError) throw new GatewayError('HOST_DOWN', undefined, { cause: error })
      throw error
    }
  }
}

function assertAccepted(reply: Reply): void {
  switch (reply.kind) {
    case 'accepted':
      return
    case 'failed':
      throw new GatewayError('HOST_REFUSED', `VietQR refused the simulated payment: ${reply.message}`)
    case 'null':
      throw new GatewayError(
        'HOST_REFUSED',
        'VietQR did nothing with the simulated payment: its simulation does not serve merchant-service accounts',
      )
  }
}
