import { type DeadLetterReason, ERROR_MESSAGES, GatewayError } from '../../protocol/errors.ts'
import { readBoxRequest, readCashReport } from '../../protocol/vietqr/box-up.ts'
import { MessageError } from '../../protocol/vietqr/json.ts'
import type { Clock } from '../clock.ts'
import type { CashReport } from '../ledger/box-book.ts'
import type { Ledger, RawMessage } from '../ledger/ledger.ts'
import type { Box } from '../ledger/model.ts'
import type { OrderDesk } from '../orders/order-desk.ts'
import { markedRequestId } from './box-words.ts'
import { isPayable, PAYABLE_IN_WORDS } from './pulses.ts'

export interface BoxRequestsOwner {
  cash(report: CashReport): void
  deadLetter(reason: DeadLetterReason, text: string): void
  told(deviceIds: readonly string[]): void
}

/**
 * What a vending box asks for and reports. It numbers its orders with a few random digits and publishes each as retained, so what
 * comes again under a number is the same request and costs nobody twice; a number drawn a second time, later and with another mark
 * (`additionalData1`), is another order. What cannot be sold is not answered, as at the real host, and kept as a dead letter.
 */
export class BoxRequests {
  readonly #ledger: Pick<Ledger, 'boxes' | 'deadLetters'>
  readonly #orders: Pick<OrderDesk, 'open'>
  readonly #clock: Clock
  readonly #owner: BoxRequestsOwner

  constructor(
    ledger: Pick<Ledger, 'boxes' | 'deadLetters'>,
    orders: Pick<OrderDesk, 'open'>,
    clock: Clock,
    owner: BoxRequestsOwner,
  ) {
    this.#ledger = ledger
    this.#orders = orders
    this.#clock = clock
    this.#owner = owner
  }

  /** Opens an order for a QR request; resolves when it is on disk, or its refusal is. */
  async order(box: Box, payload: Uint8Array, on: string): Promise<void> {
    await this.#orBury(payload, on, () => this.#order(box, payload))
  }

  /** Records a report of cash. */
  async cash(box: Box, payload: Uint8Array, on: string): Promise<void> {
    await this.#orBury(payload, on, async () => {
      const { amount, orderId, terminalCode } = readCashReport(payload)
      const own = checkTerminal(box, terminalCode)
      const reportedAt = this.#clock.now()
      const report = { deviceId: box.deviceId, terminalCode: own, amount, boxOrderId: orderId, reportedAt }
      if (await this.#ledger.boxes.takeCash(report)) this.#owner.cash(report)
    })
  }

  async #order(box: Box, payload: Uint8Array): Promise<void> {
    const { orderId: boxOrderId, additionalData1, amount, content, terminalCode } = readBoxRequest(payload)
    const { deviceId } = box
    if (box.kind !== 'vietqr-vending') throw new GatewayError('NOT_ALLOWED', 'a QR box does not order')
    const last = await this.#ledger.boxes.lastRequest(deviceId)
    const note = (orderId: string) => this.#ledger.boxes.noteRequest(deviceId, { orderId, boxOrderId, additionalData1 })
    try {
      const own = checkTerminal(box, terminalCode)
      if (box.bound === null) throw new GatewayError('TERMINAL_UNKNOWN', 'the box was not activated yet')
      if (!isPayable(amount)) {
        throw new GatewayError(
          'AMOUNT_INVALID',
          `the box gives no pulses for ${amount} đ; it can pay ${PAYABLE_IN_WORDS} đ`,
        )
      }
      const order = { deviceId, terminalCode: own, requestId: boxOrderId, amount, mark: additionalData1 }
      const more = { ticket: null, counter: null, item: null, ttlSeconds: null, content: content || null }
      let opened = await this.#orders.open({ ...order, ...more })
      if (opened.outcome === 'conflict' && last?.boxOrderId !== boxOrderId && additionalData1 !== null) {
        const requestId = markedRequestId(boxOrderId, additionalData1)
        opened = await this.#orders.open({ ...order, ...more, requestId })
      }
      if (opened.outcome === 'conflict') throw new GatewayError('REQUEST_CONFLICT', ERROR_MESSAGES.REQUEST_CONFLICT.en)
      await note(opened.order.orderId)
      this.#owner.told(opened.told)
    } catch (error) {
      // Its screen waits for this request now: the QR of an earlier one would be shown under the wrong amount.
      if (error instanceof GatewayError) await note('')
      throw error
    }
  }

  async #orBury(payload: Uint8Array, topic: string, take: () => Promise<void>): Promise<void> {
    // An empty payload takes a retained message away; nothing is retained here.
    if (payload.length === 0) return
    try {
      await take()
    } catch (error) {
      if (!(error instanceof GatewayError || error instanceof MessageError)) throw error
      const raw: RawMessage = { topic, payload, receivedAt: this.#clock.now() }
      await this.#ledger.deadLetters.add(error.code, error.message, 'device', raw)
      this.#owner.deadLetter(error.code, error.message)
    }
  }
}

/** The box's own terminal. VietQR's server answers to whatever terminal the payload names, so another one is refused here. */
function checkTerminal({ terminalCode }: Box, said: string | null): string {
  if (terminalCode === null)
    throw new GatewayError('TERMINAL_UNKNOWN', 'the host has not named the terminal of this box')
  if (said !== null && said !== terminalCode) {
    throw new GatewayError('TERMINAL_UNKNOWN', `the box of terminal ${terminalCode} asks for another terminal`)
  }
  return terminalCode
}
