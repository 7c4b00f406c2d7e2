/**
 * VietQR's counter display (public firmware): a static code, or a dynamic one pushed by the merchant's app, and a voice.
 *
 *   N16 activated → static code · N17 → dynamic code, which stays until something else comes · N12 → taken back, if it names
 *   the id the N17 gave · N05 money → on the static screen a pop-up, otherwise the success screen; its message is spoken
 *
 * It compares no payment with what it shows, and knows no ids: whatever comes twice is shown and spoken twice. The voice is an
 * online service, so without Internet there is none.
 */
import type { BoxBoard, BoxFirmware, BoxMessage } from './box-firmware.ts'
import { textOf } from './box-firmware.ts'
import { parsedJson } from './json-scan.ts'
import { readQr } from './qr-on-screen.ts'

const READ_EVERY_MS = 100

export class QrBox implements BoxFirmware {
  readonly #board: BoxBoard
  readonly #internet: boolean
  #static = false
  /** The id of the N17 on the screen. */
  #shown: string | null = null
  #cancelReading: () => void = () => {}

  constructor(board: BoxBoard, internet: boolean) {
    this.#board = board
    this.#internet = internet
  }

  clientId(mac: string, connection: number): string {
    const changed = this.#board.quirks.newClientIds && connection > 0 ? `-${connection}` : ''
    return `esp32-client-${mac}${changed}`
  }

  topics(boxId: string): readonly string[] {
    return [`vietqr/boxId/${boxId}`]
  }

  /** Between its pairing and its N16 the firmware falls between two conditions; only a reboot helps. */
  hearsAfter(connection: number): boolean {
    return connection === 0 || this.#board.flash.bank !== null
  }

  hear({ text }: BoxMessage): void {
    this.#rest()
    const value = parsedJson(text)
    const type = textOf(value, 'notificationType')
    if (type === 'N16') this.#activated(value)
    else if (type === 'N17') this.#dynamic(value)
    else if (type === 'N12') this.#cancelled(value)
    else if (type === 'N05') this.#paid(value)
  }

  /** What was on its screen before anything was pushed is there again. */
  powered(): void {
    const { staticScreen } = this.#board.flash
    this.#static = staticScreen !== null
    if (staticScreen !== null) this.#board.show(staticScreen)
  }

  order(): void {
    throw new Error('a vietqr-box has no keys; its codes are pushed to it')
  }

  cancel(): void {
    this.order()
  }

  key(): void {
    this.order()
  }

  stop(): void {
    this.#cancelReading()
    this.#static = false
    this.#shown = null
  }

  /** Its own task reads one packet every tenth of a second. */
  #rest(): void {
    this.#board.busy(true)
    this.#cancelReading = this.#board.clock.after(READ_EVERY_MS, () => this.#board.busy(false))
  }

  #activated(value: unknown): void {
    const text = (key: string): string => textOf(value, key) ?? ''
    const bankCode = text('bankCode')
    this.#board.flash.bank = { bankAccount: text('bankAccount'), bankCode, userBankName: text('userBankName') }
    this.#static = true
    this.#shown = null
    const qrCode = text('qrCode')
    const logo = bankCode === 'MB' ? 'MB' : 'BIDV'
    const code = { qrCode, qr: readQr(qrCode), terminalName: text('terminalName'), logo } as const
    const screen = { effect: 'screen', view: 'static', ...code } as const
    this.#board.flash.staticScreen = screen
    this.#board.show(screen)
    this.#sound('SyncBoxSuccess.mp3', 'activated')
  }

  #dynamic(value: unknown): void {
    const qrCode = textOf(value, 'qrCode') ?? ''
    this.#static = false
    this.#shown = textOf(value, 'transactionReceiveId')
    const amount = textOf(value, 'amount')
    this.#board.show({ effect: 'screen', view: 'qr', amount, qrCode, qr: readQr(qrCode) })
    this.#sound('TryQR.mp3', 'scan the code')
  }

  #cancelled(value: unknown): void {
    const id = textOf(value, 'transactionReceiveId')
    if (id === null || id === '' || id !== this.#shown) return
    this.#shown = null
    this.#board.show({ effect: 'screen', view: 'cancelled', text: 'Đã huỷ QRCode!', amount: '...' })
  }

  #paid(value: unknown): void {
    const amount = textOf(value, 'amount')
    const view = this.#static ? 'popup' : 'success'
    this.#shown = null
    this.#board.show({ effect: 'screen', view, text: 'Thanh toán thành công', amount })
    const text = textOf(value, 'message')
    if (text === null || text === '') return
    if (this.#internet) this.#board.show({ effect: 'speak', kind: 'box', text, language: 'vi' })
    else this.#board.problem('there is no Internet for its voice: nothing is spoken')
  }

  #sound(file: string, text: string): void {
    this.#board.show({ effect: 'speak', kind: 'sound', text, file })
  }
}
