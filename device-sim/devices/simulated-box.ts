/**
 * One of VietQR's own boxes, unmodified (public firmware): how it finds out who it is, and what it then hears.
 *
 *   connected → it asks on /vqr/handle-box who it is, if it has to → only after the answer it subscribes to its own topics
 *
 * Unanswered it stays connected and deaf, and does not ask again before its next connection. Everything it says is QoS 0.
 */
import { EventEmitter } from 'node:events'
import { type Clock, systemClock } from '../../gateway/clock.ts'
import { isoWithOffset } from '../../protocol/time.ts'
import { writeHandleBox } from '../../protocol/vietqr/box.ts'
import { handleBoxCheckSum } from '../../protocol/vietqr/checksums.ts'
import { type BoxBoard, type BoxFirmware, type BoxFlash, textOf } from './box-firmware.ts'
import type { Device, DeviceEvents, OrderWish } from './device.ts'
import { parsedJson } from './json-scan.ts'
import { DeviceLink, type Incoming } from './link.ts'
import { PacketBuffer } from './packet-buffer.ts'
import { QrBox } from './qr-box.ts'
import { type BoxKind, type Quirks, usualQuirks } from './quirks.ts'
import { VendingBox } from './vending-box.ts'

export interface SimulatedBoxOptions {
  readonly kind: BoxKind
  readonly url: string
  /** PEM of an authority, for a listener behind TLS, which real boxes cannot use. */
  readonly ca?: string | Buffer | undefined
  /** `AA:BB:CC:DD:EE:FF`. */
  readonly mac: string
  /** The key of the onboarding checksum. */
  readonly boxKey: string
  /** The login burnt into all boxes. */
  readonly username: string
  readonly password: string
  readonly quirks?: Partial<Quirks> | undefined
  /** Whether its voice can be reached. Default true. */
  readonly internet?: boolean | undefined
  readonly clock?: Clock | undefined
  /** Numbers from 0 up to 1. */
  readonly random?: (() => number) | undefined
  /** Milliseconds. Default as its firmware. */
  readonly backoff?: { readonly first: number; readonly most: number } | undefined
}

const ASK = '/vqr/handle-box'
const BACKOFF = { 'vietqr-box': { first: 2_000, most: 2_000 }, 'vietqr-vending': { first: 3_000, most: 5_000 } }

export class SimulatedBox implements Device {
  readonly events = new EventEmitter<DeviceEvents>()
  readonly kind: BoxKind
  /** Its MAC. */
  readonly deviceId: string
  readonly #options: SimulatedBoxOptions
  readonly #quirks: Quirks
  readonly #clock: Clock
  readonly #flash: BoxFlash = { boxId: null, qrCertificate: null, staticScreen: null, bank: null }
  readonly #firmware: BoxFirmware
  readonly #link: DeviceLink
  #buffer: PacketBuffer
  /** Connections since power-on. */
  #connections = 0
  #online = false

  constructor(options: SimulatedBoxOptions) {
    const { kind, mac, url, ca, username, password, clock = systemClock, backoff = BACKOFF[kind] } = options
    const quirks = { ...usualQuirks(kind), ...options.quirks }
    const { cleanSession: clean, keepaliveSeconds, network } = quirks
    this.kind = kind
    this.deviceId = mac
    this.#options = options
    this.#quirks = quirks
    this.#clock = clock
    this.#buffer = new PacketBuffer(quirks.bufferBytes, quirks.dirtyBuffer)
    const board = this.#board(options.random ?? Math.random)
    this.#firmware = kind === 'vietqr-box' ? new QrBox(board, options.internet ?? true) : new VendingBox(board)
    this.#link = new DeviceLink(
      { url, ca, username, password, clean, keepaliveSeconds, will: null, backoff, network, clock },
      {
        clientId: () => this.#firmware.clientId(mac, this.#connections),
        message: (incoming, done) => done(this.#take(incoming)),
        connected: () => this.#connected(),
        gone: () => {
          this.#online = false
          this.events.emit('gone')
        },
        problem: reason => this.events.emit('problem', reason),
      },
    )
  }

  get online(): boolean {
    return this.#online
  }

  powerOn(): void {
    this.#connections = 0
    this.#buffer = new PacketBuffer(this.#quirks.bufferBytes, this.#quirks.dirtyBuffer)
    this.#firmware.powered()
    this.#link.open()
  }

  async powerOff(): Promise<void> {
    this.#firmware.stop()
    this.#online = false
    await this.#link.cut()
  }

  /** Boxes do not say goodbye. */
  stop(): Promise<void> {
    return this.powerOff()
  }

  async order(wish: OrderWish): Promise<void> {
    this.#firmware.order(wish)
  }

  async cancel(): Promise<void> {
    this.#firmware.cancel()
  }

  async key(line: string): Promise<void> {
    this.#firmware.key(line)
  }

  #board(random: () => number): BoxBoard {
    return {
      quirks: this.#quirks,
      clock: this.#clock,
      flash: this.#flash,
      random,
      show: effect => this.events.emit('effect', { ...effect, at: isoWithOffset(this.#clock.now()) }),
      publish: (topic, payload) => this.#publish(topic, payload),
      busy: busy => (busy ? this.#link.block() : this.#link.free()),
      problem: reason => this.events.emit('problem', reason),
    }
  }

  #connected(): void {
    const connection = this.#connections
    this.#connections += 1
    const { boxId } = this.#flash
    if (boxId === null || this.#quirks.pairing === 'every-connect') this.#ask()
    else if (this.#firmware.hearsAfter(connection))
      this.#subscribe(this.#firmware.topics(boxId), 1, () => this.#reached())
  }

  #ask(): void {
    const { mac, boxKey } = this.#options
    this.#subscribe([`${ASK}/response/${mac}`], 0)
    this.#publish(ASK, writeHandleBox({ mac, checkSum: handleBoxCheckSum(mac, boxKey) }), false)
  }

  /** @returns whether it is acknowledged */
  #take(incoming: Incoming): boolean {
    if (!this.#buffer.fits(incoming.packetBytes)) return false
    const { topic } = incoming
    const text = this.#buffer.read(incoming)
    if (topic === `${ASK}/response/${this.deviceId}`) this.#learnId(text)
    else this.#firmware.hear({ topic, text })
    return true
  }

  #learnId(text: string): void {
    const reply = parsedJson(text)
    const boxId = textOf(reply, 'boxId')
    const qrCode = textOf(reply, 'qrCertificate')
    if (boxId === null || boxId === '' || qrCode === null || /[+#]/.test(boxId)) return
    this.#flash.boxId = boxId
    this.#flash.qrCertificate = qrCode
    if (this.#flash.bank === null) {
      const text = 'Quét mã QR bằng ứng dụng VietQR để kích hoạt'
      this.events.emit('effect', {
        effect: 'screen',
        view: 'certificate',
        text,
        qrCode,
        at: isoWithOffset(this.#clock.now()),
      })
    }
    this.#subscribe(this.#firmware.topics(boxId), 1, () => this.#reached())
  }

  #reached(): void {
    this.#online = true
    this.events.emit('reachable')
  }

  #subscribe(topics: readonly string[], qos: 0 | 1, then: () => void = () => {}): void {
    this.#link.subscribe(topics, qos).then(then, error => {
      this.events.emit(
        'problem',
        `a subscription was refused: ${error instanceof Error ? error.message : String(error)}`,
      )
    })
  }

  #publish(topic: string, payload: string, retain = this.#quirks.publishRetained): void {
    this.#link.publish(topic, payload, { qos: 0, retain }).catch(error => this.events.emit('problem', String(error)))
  }
}
