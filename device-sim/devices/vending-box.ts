/**
 * VietQR's box on a vending machine (public firmware): six amounts, a code for the one that was pressed, pulses when money came.
 *
 *   menu → an amount is pressed: request, spinner (30 s) → a response, whichever it is: code (60 s) → menu
 *   any time: bdsd → its `amount` is kept in the one place there is → success (10 s) and pulses, deaf until their end
 *
 * Screens are its own affair: the order lives on when the screen has gone, and money that comes then makes pulses too. It
 * looks at no order id, reference or status, and every bdsd counts.
 */
import { boxCodeFromBoxId } from '../../protocol/vietqr/checksums.ts'
import type { BoxBoard, BoxFirmware, BoxMessage } from './box-firmware.ts'
import { fieldOf, textOf } from './box-firmware.ts'
import type { OrderWish } from './device.ts'
import { parsedJson, scanQrCode } from './json-scan.ts'
import { PulseEngine } from './pulse-engine.ts'
import { readQr } from './qr-on-screen.ts'
import { PULSES } from './quirks.ts'
import { ScreenTimer } from './screen-timer.ts'

/** Milliseconds without a pulse after which a bill has been counted. */
const CASH_END_MS = 260
const CASH_COUNTER = 256

export class VendingBox implements BoxFirmware {
  readonly #board: BoxBoard
  readonly #pulses: PulseEngine<{ readonly amount: number }>
  readonly #table: ReadonlyMap<number, number>
  readonly #screen: ScreenTimer
  #view: 'menu' | 'wait' | 'qr' | 'success' = 'menu'
  #chosen = 0
  #cashPulses = 0
  #cancelCash: () => void = () => {}

  constructor(board: BoxBoard) {
    const { quirks, clock } = board
    const pulses = quirks.pulses ?? PULSES
    this.#board = board
    this.#table = pulses.table
    this.#screen = new ScreenTimer(quirks.screen, clock, after => this.#menu(after))
    this.#pulses = new PulseEngine(pulses, clock, {
      began: () => board.busy(true),
      ended: ({ amount }, done, of) => {
        const { onMs, offMs } = pulses
        if (of > 0) board.show({ effect: 'pulse', amount, pulses: done, of, onMs, offMs })
        board.busy(false)
      },
    })
  }

  clientId(mac: string, connection: number): string {
    return connection > 0 && this.#board.quirks.newClientIds ? `esp32_LTE_${mac}` : `esp32${mac}`
  }

  topics(boxId: string): readonly string[] {
    const code = codeOf(boxId)
    const paths = ['response', 'response-status', 'bdsd'].map(path => `vietqr/${path}/${code}`)
    return [`vietqr/boxId/${boxId}`, ...paths]
  }

  hearsAfter(): boolean {
    return true
  }

  powered(): void {
    this.#view = 'menu'
  }

  hear({ topic, text }: BoxMessage): void {
    const value = parsedJson(text)
    // Before it looks at the topic: any notification on any of them overwrites its bank data, with nothing where it has none.
    if (textOf(value, 'notificationType') !== null) this.#learn(value)
    else if (topic.startsWith('vietqr/response/')) this.#response(text, value)
    else if (topic.startsWith('vietqr/bdsd/')) this.#money(value)
  }

  order({ amount }: OrderWish): void {
    if (!this.#table.has(amount)) {
      throw new Error(`it has no key for ${amount}; there are ${[...this.#table.keys()].join(', ')}`)
    }
    this.#chosen = amount
    this.#view = 'wait'
    this.#screen.shows('wait')
    this.#board.show({ effect: 'screen', view: 'wait', amount, secondsLeft: this.#board.quirks.screen?.wait ?? 0 })
    this.#say('request', amount, `"additionalData":[{"additionalData1":"${this.#number()}"}]`, '')
  }

  /** Only its screen: nobody is told. */
  cancel(): void {
    if (this.#view !== 'menu') this.#menu('cancel')
  }

  key(line: string): void {
    const [key, word = '', ...more] = line.trim().split(/\s+/)
    if (key === '') return
    if (key === 'order' && /^\d{1,9}$/.test(word) && more.length === 0) this.order({ amount: Number(word) })
    else if (key === 'cash' && /^\d{1,4}$/.test(word) && more.length === 0) this.#cash(Number(word))
    else if (key === 'cancel' && word === '') this.cancel()
    else throw new Error('a vietqr-vending has the keys order AMOUNT, cancel and cash PULSES')
  }

  stop(): void {
    this.#pulses.stop()
    this.#screen.stop()
    this.#cancelCash()
    this.#cashPulses = 0
    this.#view = 'menu'
  }

  #learn(value: unknown): void {
    const text = (key: string): string => textOf(value, key) ?? ''
    this.#board.flash.bank = {
      bankAccount: text('bankAccount'),
      bankCode: text('bankCode'),
      userBankName: text('userBankName'),
    }
    if (textOf(value, 'notificationType') === 'N16') this.#menu('wait')
  }

  /** Whichever order it answers: the screen that waits shows it. */
  #response(text: string, value: unknown): void {
    if (this.#view !== 'wait' && this.#view !== 'qr') return
    const found = this.#board.quirks.scanQrCode ? scanQrCode(text) : textOf(value, 'qrCode')
    if (found === null) return
    this.#view = 'qr'
    this.#screen.shows('code')
    const { screen } = this.#board.quirks
    const countdown = screen === null ? {} : { secondsLeft: screen.code }
    const amount = `${this.#chosen} VND`
    this.#board.show({ effect: 'screen', view: 'qr', amount, qrCode: found, qr: readQr(found), ...countdown })
  }

  #money(value: unknown): void {
    const found = fieldOf(value, 'amount')
    // A text is no number to it, and becomes 0.
    const amount = typeof found === 'number' ? Math.max(0, Math.trunc(found)) : 0
    this.#view = 'success'
    this.#screen.stop()
    if (amount > 0) this.#screen.shows('success')
    this.#board.show({ effect: 'screen', view: 'success', text: 'Thanh toán thành công', amount: `${amount} VND` })
    if (amount === 0) return
    if (this.#pulses.credit({ amount })) this.#board.problem('two payments came within two ticks; the first is lost')
  }

  #cash(pulses: number): void {
    if (this.#pulses.busy) {
      this.#board.problem('cash that comes while it pulses is not counted')
      return
    }
    this.#cashPulses = (this.#cashPulses + pulses) % CASH_COUNTER
    this.#cancelCash()
    this.#cancelCash = this.#board.clock.after(CASH_END_MS, () => {
      const counted = this.#cashPulses
      this.#cashPulses = 0
      const amount = [...this.#table].find(([, worth]) => worth === counted)?.[0] ?? 0
      this.#say('cash', amount, '"additionalData":      [{"additionalData1":"tienmat"}]', '      ')
    })
  }

  /** As the firmware puts it together, blanks and all. */
  #say(what: 'request' | 'cash', amount: number, additionalData: string, blanks: string): void {
    const { boxId, bank } = this.#board.flash
    if (boxId === null) return
    const code = codeOf(boxId)
    const text = (key: 'bankAccount' | 'bankCode' | 'userBankName'): string => JSON.stringify(bank?.[key] ?? '')
    const parts = [
      `"amount":${amount},"content":"PaymentForOrder","bankAccount":${text('bankAccount')},"bankCode":${text('bankCode')}`,
      `"userBankName":${blanks}${text('userBankName')},"transType":"C","orderId":"VPB${this.#number()}"`,
      `"terminalCode":"${code}","serviceCode":"SVC001",${additionalData}`,
    ]
    this.#board.publish(`vietqr/${what}/${code}`, `{${parts.join(',')}}`)
  }

  #menu(after: 'wait' | 'code' | 'success' | 'cancel'): void {
    this.#screen.stop()
    this.#view = 'menu'
    this.#board.show({ effect: 'screen', view: 'menu', after })
  }

  #number(): number {
    return Math.floor(this.#board.random() * 1_000_000)
  }
}

/** Its first nine decoded characters, whatever they are. */
function codeOf(boxId: string): string {
  return boxCodeFromBoxId(boxId) ?? Buffer.from(boxId, 'base64url').toString('latin1').slice(0, 9)
}
