/**
 * `vietqr/request/…`: makes a QR code. What comes of a request depends on the account it names (VietQR server source):
 *
 *   merchant service (mms)   the bank is asked first, which takes its time and holds up everything behind it; the content
 *                            stays as it is; the order is stored, then answered. Build 3 knows no merchant service: `null`
 *   plain                    the content gets a `VQR…` token in front; answered first, stored a moment later by another
 *                            thread, and not at all without an amount or an `additionalData`
 *   bidv                     a bill id stands in place of the content; without a virtual account the answer is `null`.
 *                            Builds 3 and 4 store the order and say nothing
 *   unknown to VietQR,       `existing` 0 and a code that can be paid, but of which VietQR keeps no record: no lookup
 *   or of another bank       and no notice will ever know it
 *
 * A request that is refused gets no answer at all. Nothing is de-duplicated: the same request again makes another code.
 */
import { bankByCode } from '../../protocol/vietqr/banks.ts'
import type { Account } from './accounts.ts'
import type { Handler, HostContext } from './context.ts'
import { jacksonJson } from './java-json.ts'
import { issueOrder, storeOrder, traceToken } from './order-making.ts'
import type { Order } from './orders.ts'
import { transactionRefIdOf, writeQrAnswer } from './qr-answer.ts'
import { checkMmsRequest, type QrRequest, readQrRequest } from './qr-request.ts'
import { qrText } from './qr-text.ts'
import { Refusal } from './refusal.ts'

type Bank = NonNullable<ReturnType<typeof bankByCode>>

/** A request with what every path needs. */
interface Asked {
  readonly request: QrRequest
  readonly bank: Bank
  readonly bankAccount: string
  readonly account: Account | null
  readonly transType: string
  /** The terminal is that of the payload, whatever the topic of the request was. */
  readonly answerTopic: string
}

/** The content of a code and where it came from. */
interface Contents {
  readonly content: string
  readonly token: string | null
}

/** Where an answer differs from path to path. */
interface Manner {
  readonly userBankName: string
  readonly existing: 0 | 1
  /** Whether it carries ids of a transaction, be there one or not. */
  readonly recorded: boolean
  readonly additionalData?: QrRequest['additionalData']
}

export class QrHandler implements Handler {
  readonly topics: RegExp
  readonly #host: HostContext

  constructor(host: HostContext) {
    this.#host = host
    // MQTT's own `#` would match the bare topic as well; the server's matcher does not.
    this.topics = host.traits.requestQr ? /^vietqr\/request(QR)?\/./s : /^vietqr\/request\/./s
  }

  async handle(topic: string, payload: Uint8Array): Promise<void> {
    const answers = topic.startsWith('vietqr/requestQR/') ? 'vietqr/responseQR' : 'vietqr/response'
    // Until the request is read, all there is to go by is its topic.
    let answerTopic = `${answers}/${topic.slice(topic.indexOf('/', 'vietqr/'.length) + 1)}`
    try {
      const request = readQrRequest(this.#host, payload)
      answerTopic = `${answers}/${request.terminalCode}`
      await this.#make(this.#identify(request, answerTopic))
    } catch (error) {
      if (error instanceof Refusal && this.#host.faults.values.errorAnswers && !/[+#]/.test(answerTopic)) {
        await this.#say(answerTopic, jacksonJson({ status: 'FAILED', message: error.code ?? 'E05' }))
      }
      throw error
    }
  }

  async #make(asked: Asked): Promise<void> {
    const { account, bank, transType } = asked
    if (account === null || account.kind === 'other') await this.#answerUnknown(asked)
    else if (bank.code === 'BIDV') await this.#answerBidv(asked, account)
    else if (account.kind === 'mms' && transType === 'C') await this.#answerMms(asked, account)
    else await this.#answerPlain(asked, account)
  }

  #identify(request: QrRequest, answerTopic: string): Asked {
    const { bankAccount, bankCode } = request
    if (bankAccount === null) throw new Refusal(null, 'bankAccount is missing')
    if (bankCode === null) throw new Refusal(null, 'bankCode is missing')
    const bank = bankByCode(bankCode)
    if (bank === null) throw new Refusal('E24', 'there is no bank with this bankCode')
    const account = this.#host.accounts.find(bankAccount, bankCode)
    return { request, bank, bankAccount, account, transType: request.transType ?? 'C', answerTopic }
  }

  async #answerMms(asked: Asked, { userBankName }: Account): Promise<void> {
    const { traits, faults } = this.#host
    if (!traits.merchantService) return this.#say(asked.answerTopic, 'null')
    const { request } = asked
    const { amount } = checkMmsRequest(request, traits.mmsMostOrderId)
    await this.#host.delay(faults.values.bankDelay)
    const content = request.content || traceToken(this.#host)
    const qrCode = this.#bankQr(asked, amount, request.orderId ?? undefined, content)
    const order = this.#issue(asked, 'mms', { content, token: null }, qrCode)
    this.#store(order, asked, amount)
    const additionalData = traits.mmsAdditionalData === 'empty' ? [] : request.additionalData
    await this.#answer(asked, order, { userBankName, existing: 1, recorded: true, additionalData })
  }

  async #answerPlain(asked: Asked, { userBankName }: Account): Promise<void> {
    const { request } = asked
    const contents = this.#prefixed(request)
    const order = this.#issue(asked, 'plain', contents, this.#ordinaryQr(asked, contents.content))
    const { amount } = request
    // Without an amount or an additionalData the storing fails, and nobody hears of it.
    if (amount !== null && request.additionalData !== null) {
      const { traits, faults, delay } = this.#host
      const store = (): void => this.#store(order, asked, amount)
      if (traits.storesLater) order.storing = delay(faults.values.storeDelay).then(store, () => {})
      else store()
    }
    await this.#answer(asked, order, { userBankName, existing: 1, recorded: true })
  }

  async #answerBidv(asked: Asked, { userBankName, virtualAccount = true }: Account): Promise<void> {
    const { request } = asked
    if (!virtualAccount) return this.#say(asked.answerTopic, 'null')
    // The form of BIDV's bill ids is not known; only that one stands where the content was.
    const bill = `B${this.#host.random.digits(11)}`
    const qrCode = this.#bankQr(asked, request.amount, bill, bill)
    const order = this.#issue(asked, 'bidv', { content: bill, token: bill }, qrCode)
    if (request.amount !== null) this.#store(order, asked, request.amount)
    if (!this.#host.traits.bidvAnswered) throw new Refusal(null, 'the result for BIDV cannot be cast to an answer')
    await this.#answer(asked, order, { userBankName, existing: 1, recorded: true })
  }

  async #answerUnknown(asked: Asked): Promise<void> {
    const { request, bank, account } = asked
    // BIDV puts a bill id of its own in place of the content, and has none for an account it does not know.
    const bidv = bank.code === 'BIDV'
    const contents = bidv ? { content: '', token: null } : this.#prefixed(request)
    const userBankName = account?.userBankName ?? request.userBankName
    if (userBankName === null) throw new Refusal(null, 'userBankName is missing for an unknown account')
    const order = this.#issue(asked, 'unknown', contents, this.#ordinaryQr(asked, contents.content))
    await this.#answer(asked, order, { userBankName, existing: 0, recorded: bidv })
  }

  /** The content with a trace token before it. Asked not to, the server leaves it out, and payments find no order. */
  #prefixed({ content, reconciliation }: QrRequest): Contents {
    if (content === null) throw new Refusal(null, 'content is missing')
    if (reconciliation === false) return { content, token: null }
    const token = traceToken(this.#host)
    return { content: `${token} ${content}`, token }
  }

  #bankQr({ bank, bankAccount }: Asked, amount: number | null, bill: string | undefined, content: string): string {
    const defect = this.#host.faults.values.qrDefect
    return qrText({ initiation: '12', bin: bank.bin, bankAccount, amount, bill, content, defect })
  }

  #ordinaryQr({ request, bank, bankAccount }: Asked, content: string): string {
    const defect = this.#host.faults.values.qrDefect
    return qrText({ initiation: '11', bin: bank.bin, bankAccount, amount: request.amount, content, defect })
  }

  #issue({ request, bankAccount }: Asked, flow: Order['flow'], contents: Contents, qrCode: string): Order {
    return issueOrder(this.#host, {
      orderId: request.orderId,
      terminalCode: request.terminalCode,
      bankAccount,
      flow,
      amount: request.amount,
      ...contents,
      qrCode,
      elements: request.additionalData?.length ?? null,
      boxId: null,
    })
  }

  #store(order: Order, { request, transType }: Asked, amount: number): void {
    storeOrder(this.#host, order, { amount, transType, note: request.note })
  }

  async #answer(asked: Asked, { content, qrCode }: Order, manner: Manner): Promise<void> {
    const { request, bank, bankAccount, answerTopic } = asked
    const { random, traits } = this.#host
    const transactionRefId = manner.recorded ? transactionRefIdOf(random.uuid()) : null
    const { userBankName, existing, additionalData = request.additionalData } = manner
    const made = { bank, bankAccount, userBankName, content, qrCode, imgId: random.uuid(), existing, transactionRefId }
    await this.#say(answerTopic, writeQrAnswer(request, { ...made, additionalData, unnamed: unnamedFor(bank, traits) }))
  }

  async #say(topic: string, payload: string): Promise<void> {
    await this.#host.publish('answered', topic, payload)
  }
}

function unnamedFor({ code }: Bank, { unnamed }: HostContext['traits']): readonly string[] {
  if (code === 'MB') return []
  return code === 'BIDV' ? unnamed.bidv : unnamed.other
}
