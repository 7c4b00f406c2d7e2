/**
 * VietQR's own boxes, as its server knows them:
 *
 *   known   it has registered; its certificate is on its screen for a merchant to scan
 *   bound   a merchant has scanned it: it shows the static code of a terminal, and may be shown dynamic ones
 *
 * What a merchant does in the VietQR app or over HTTP is played here, outside MQTT.
 */
import { bankByCode } from '../../protocol/vietqr/banks.ts'
import { boxIdOf } from '../../protocol/vietqr/checksums.ts'
import type { Account } from './accounts.ts'
import { writeBound, writeClear, writePushedQr } from './box-messages.ts'
import type { HostContext } from './context.ts'
import { issueOrder, storeOrder, traceToken } from './order-making.ts'
import type { Order } from './orders.ts'
import { checkedAmount, PaymentError } from './payment-error.ts'
import type { Payments, Receipt } from './payments.ts'
import { qrText } from './qr-text.ts'

/** What a merchant's binding makes of a box. */
interface Binding {
  readonly account: Account
  readonly terminalName: string
  /** Ten characters; they stand in the static code. */
  readonly terminalCode: string
  readonly staticQr: string
}

export interface Box {
  /** Without colons and dots. */
  readonly mac: string
  /** `VVB` and six digits: its terminal code in every topic. */
  readonly boxCode: string
  readonly boxId: string
  binding: Binding | null
  /** The id of the dynamic code on its screen. */
  showing: string | null
}

const TERMINAL_CODE_LENGTH = 10
const PUSHED_CODE_LENGTH = 8

export class Boxes {
  readonly #host: HostContext
  readonly #payments: Payments
  /** Issued by VietQR in the real world. */
  readonly #key: string
  readonly #byMac = new Map<string, Box>()

  constructor(host: HostContext, payments: Payments, key: string) {
    this.#host = host
    this.#payments = payments
    this.#key = key
  }

  all(): readonly Box[] {
    return [...this.#byMac.values()]
  }

  clear(): void {
    this.#byMac.clear()
  }

  /** The box with this MAC, the same one each time. */
  register(macAddr: string): Box {
    const mac = stripped(macAddr)
    const known = this.#byMac.get(mac)
    if (known !== undefined) return known
    const boxCode = this.freshCode()
    const box: Box = { mac, boxCode, boxId: boxIdOf(boxCode, this.#key), binding: null, showing: null }
    this.#byMac.set(mac, box)
    return box
  }

  /** A code no box has. */
  freshCode(): string {
    for (;;) {
      const code = `VVB${this.#host.random.digits(6)}`
      if (!this.all().some(({ boxCode }) => boxCode === code)) return code
    }
  }

  /**
   * A merchant scans the certificate of a box in the VietQR app.
   * @throws PaymentError
   */
  async bind(name: string, bankAccount: string | undefined, terminalName: string): Promise<Box> {
    const box = this.#find(name)
    const account = this.#bindable(bankAccount)
    const terminalCode = this.#host.random.code(TERMINAL_CODE_LENGTH)
    const staticQr = this.#qr(account, '', `SQR${terminalCode}`)
    box.binding = { account, terminalName, terminalCode, staticQr }
    const { boxCode } = box
    await this.#say(box, writeBound({ ...account, boxCode, terminalName, qrCode: staticQr }))
    return box
  }

  /**
   * A merchant's app sends a dynamic code to a box.
   * @throws PaymentError
   */
  async push(name: string, wanted: number, words: string): Promise<Order> {
    const { box, binding } = this.#bound(name)
    const { account } = binding
    const amount = checkedAmount(wanted)
    const mms = account.kind === 'mms'
    const token = mms ? null : traceToken(this.#host)
    const content = [token, words].filter(Boolean).join(' ')
    const order = issueOrder(this.#host, {
      orderId: `VVB${this.#host.random.code(PUSHED_CODE_LENGTH)}`,
      terminalCode: box.boxCode,
      bankAccount: account.bankAccount,
      flow: mms ? 'mms' : 'plain',
      amount,
      content,
      token,
      qrCode: this.#qr(account, amount, content),
      elements: 1,
      boxId: box.boxId,
    })
    storeOrder(this.#host, order, { amount, transType: 'C', note: null })
    box.showing = this.#host.random.uuid()
    const { boxQr, maskedAmounts } = this.#host.faults.values
    const shown = { ...account, transactionReceiveId: box.showing, content, amount, qrCode: order.qrCode }
    await this.#say(box, writePushedQr(shown, boxQr, maskedAmounts))
    return order
  }

  /**
   * A merchant's app takes the dynamic code off the screen of a box.
   * @throws PaymentError
   */
  async takeOff(name: string): Promise<Box> {
    const { box } = this.#bound(name)
    await this.#say(box, writeClear(box.showing ?? ''))
    box.showing = null
    return box
  }

  /**
   * A person pays the static code of a box.
   * @throws PaymentError
   */
  payStatic(name: string, amount: number): Promise<Receipt> {
    const { box, binding } = this.#bound(name)
    const { account, terminalCode } = binding
    const { bankAccount } = account
    return this.#payments.payBox({ bankAccount, amount, content: `SQR${terminalCode}`, boxId: box.boxId, terminalCode })
  }

  #find(name: string): Box {
    const mac = stripped(name)
    const found = this.all().find(box => box.boxCode === name || box.boxId === name || box.mac === mac)
    if (found !== undefined) return found
    throw new PaymentError('BOX_UNKNOWN', 'no box has this name; give the MAC, boxCode or boxId of one that registered')
  }

  #bound(name: string): { readonly box: Box; readonly binding: Binding } {
    const box = this.#find(name)
    if (box.binding !== null) return { box, binding: box.binding }
    throw new PaymentError('BOX_UNBOUND', 'the box is bound to no account yet; bind it with /boxes/bind')
  }

  #bindable(bankAccount: string | undefined): Account {
    const { accounts } = this.#host
    const account = bankAccount === undefined ? accounts.linked() : accounts.byNumber(bankAccount)
    if (account !== null && account.kind !== 'other') return account
    throw new PaymentError('ACCOUNT_UNKNOWN', 'the bankAccount is none VietQR is linked with')
  }

  #qr(account: Account, amount: number | '', content: string): string {
    const { bankAccount, bankCode } = account
    const bin = bankByCode(bankCode)?.bin ?? ''
    const defect = this.#host.faults.values.qrDefect
    return qrText({ initiation: '11', bin, bankAccount, amount, content, defect: amount === '' ? 'none' : defect })
  }

  async #say(box: Box, payload: string): Promise<void> {
    await this.#host.publish('told', `vietqr/boxId/${box.boxId}`, payload)
  }
}

/** As the server stores it (VietQR server source). */
function stripped(mac: string): string {
  return mac.replace(/[:.]/g, '')
}
