/**
 * `vietqr/request/…`: makes a QR code. What comes of a request depends on the account it names (VietQR server source):
 *
 *   merchant service (mms)   the bank is asked first, which takes its time and holds up everything behind it; the content
 *                            stays as it is; the order is stored, then answered
 *   plain                    the content gets a `VQR…` token in front; answered first, stored a moment later by another
 *                            thread, and not at all without an amount or an `additionalData`
 *   unknown to VietQR,       `existing` 0 and a code that can be paid, but of which VietQR keeps no record: no lookup
 *   or of another bank       and no notice will ever know it
 *
 * A request that is refused gets no answer at all. Nothing is de-duplicated: the same request again makes another code.
 */
import { bankByCode } from '../../protocol/vietqr/banks.ts'
import type { Account } from './accounts.ts'
import type { Handler, HostContext } from './context.ts'
import type { Order, Transaction } from './orders.ts'
import { transactionRefIdOf, writeQrAnswer } from './qr-answer.ts'
import { checkMmsRequest, type QrRequest, readQrRequest } from './qr-request.ts'
import { qrText } from './qr-text.ts'
import { Refusal } from './refusal.ts'

/** Milliseconds. */
interface Delays {
  /** From the answer to the record of an order on a plain account. */
  readonly store: number
  /** How long the bank's merchant service takes to make a code. */
  readonly bank: number
}

type Bank = NonNullable<ReturnType<typeof bankByCode>>

/** A request with what every path needs. */
interface Asked {
  readonly request: QrRequest
  readonly bank: Bank
  readonly bankAccount: string
  readonly account: Account | null
  readonly transType: string
}

/** The content of a code and where it came from. */
interface Contents {
  readonly content: string
  readonly token: string | null
}

export class QrHandler implements Handler {
  /** MQTT's own `#` would match the bare topic as well; the server's matcher does not. */
  readonly topics = /^vietqr\/request\/./s
  readonly #host: HostContext
  readonly #delays: Delays

  constructor(host: HostContext, delays: Delays) {
    this.#host = host
    this.#delays = delays
  }

  async handle(_topic: string, payload: Uint8Array): Promise<void> {
    const asked = this.#identify(readQrRequest(payload))
    const { account, transType } = asked
    if (account === null) await this.#answerUnknown(asked)
    else if (account.kind === 'mms' && transType === 'C') await this.#answerMms(asked, account)
    else await this.#answerPlain(asked, account)
  }

  #identify(request: QrRequest): Asked {
    const { bankAccount, bankCode } = request
    if (bankAccount === null) throw new Refusal(null, 'bankAccount is missing')
    if (bankCode === null) throw new Refusal(null, 'bankCode is missing')
    const bank = bankByCode(bankCode)
    if (bank === null) throw new Refusal('E24', 'there is no bank with this bankCode')
    const account = this.#host.accounts.find(bankAccount, bankCode)
    return { request, bank, bankAccount, account, transType: request.transType ?? 'C' }
  }

  async #answerMms(asked: Asked, account: Account): Promise<void> {
    const { request, bank, bankAccount } = asked
    const { amount } = checkMmsRequest(request)
    await this.#host.delay(this.#delays.bank)
    const content = request.content || this.#token()
    const qrCode = qrText({
      initiation: '12',
      bin: bank.bin,
      bankAccount,
      amount,
      bill: request.orderId ?? undefined,
      content,
    })
    const order = this.#issue(asked, 'mms', { content, token: null }, qrCode)
    this.#store(order, asked, amount)
    await this.#answer(asked, order, account.userBankName, { existing: 1, recorded: true })
  }

  async #answerPlain(asked: Asked, account: Account): Promise<void> {
    const { request } = asked
    const contents = this.#prefixed(request)
    const order = this.#issue(asked, 'plain', contents, this.#ordinaryQr(asked, contents.content))
    const { amount } = request
    // Without an amount or an additionalData the other thread fails, and nobody hears of it.
    if (amount !== null && request.additionalData !== null) {
      order.storing = this.#host.delay(this.#delays.store).then(
        () => this.#store(order, asked, amount),
        () => {},
      )
    }
    await this.#answer(asked, order, account.userBankName, { existing: 1, recorded: true })
  }

  async #answerUnknown(asked: Asked): Promise<void> {
    const { request, bank } = asked
    // BIDV puts a bill id of its own in place of the content, and has none for an account it does not know.
    const bidv = bank.code === 'BIDV'
    const contents = bidv ? { content: '', token: null } : this.#prefixed(request)
    if (request.userBankName === null) throw new Refusal(null, 'userBankName is missing for an unknown account')
    const order = this.#issue(asked, 'unknown', contents, this.#ordinaryQr(asked, contents.content))
    await this.#answer(asked, order, request.userBankName, { existing: 0, recorded: bidv })
  }

  /** The content with a trace token before it. Asked not to, the server leaves it out, and payments find no order. */
  #prefixed({ content, reconciliation }: QrRequest): Contents {
    if (content === null) throw new Refusal(null, 'content is missing')
    if (reconciliation === false) return { content, token: null }
    const token = this.#token()
    return { content: `${token} ${content}`, token }
  }

  #token(): string {
    return `VQR${this.#host.random.hex(10)}`
  }

  #ordinaryQr({ request, bank, bankAccount }: Asked, content: string): string {
    return qrText({ initiation: '11', bin: bank.bin, bankAccount, amount: request.amount, content })
  }

  #issue(asked: Asked, flow: Order['flow'], contents: Contents, qrCode: string): Order {
    const { request, bankAccount } = asked
    const order: Order = {
      orderId: request.orderId,
      terminalCode: request.terminalCode,
      bankAccount,
      flow,
      amount: request.amount,
      ...contents,
      qrCode,
      // The server writes its own terminalCode into each stored element, as the word "null" when there is none.
      noticeTo: flow === 'mms' && request.additionalData?.length ? String(request.terminalCode) : null,
      createdAt: this.#host.now(),
      transaction: null,
      storing: Promise.resolve(),
    }
    this.#host.orders.issue(order)
    this.#host.events.emit('issued', order)
    return order
  }

  #store(order: Order, { request, transType }: Asked, amount: number): void {
    const timeCreated = Math.floor(order.createdAt / 1000)
    const transaction: Transaction = {
      bankAccount: order.bankAccount,
      orderId: order.orderId,
      amount,
      content: order.content,
      transType,
      terminalCode: order.terminalCode ?? '',
      note: request.note ?? '',
      type: 0,
      timeCreated,
      referenceNumber: '',
      status: 0,
      timePaid: order.flow === 'mms' ? timeCreated : 0,
    }
    order.transaction = transaction
    this.#host.orders.store(transaction)
    this.#host.events.emit('stored', order)
  }

  /** Answers on the terminal the payload names, whatever the topic of the request was. */
  async #answer(
    { request, bank, bankAccount }: Asked,
    { content, qrCode }: Order,
    userBankName: string,
    { existing, recorded }: { readonly existing: 0 | 1; readonly recorded: boolean },
  ): Promise<void> {
    const { random } = this.#host
    const transactionRefId = recorded ? transactionRefIdOf(random.uuid()) : null
    const made = { bank, bankAccount, userBankName, content, qrCode, imgId: random.uuid(), existing, transactionRefId }
    const topic = `vietqr/response/${request.terminalCode}`
    await this.#host.publish('answered', topic, writeQrAnswer(request, made))
  }
}
