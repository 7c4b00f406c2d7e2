/**
 * One connection of one of VietQR's boxes, from its accepted login until its socket is gone.
 *
 * Terms. The **MAC** is bound to the connection by its client id; what is registered under it is the **box**. The box **pairs** with
 * `/vqr/handle-box`; it **listens** once it is subscribed to what its kind is told on.
 *
 *     silent ──handle-box──▶ asked ──the host has named the box──▶ answered ──subscribes──▶ listening
 *        │                                                            │
 *        └── subscribes (a QR box that was paired before) ──▶ listening│
 *                                       closed, to start over ◀── 8 s without
 *
 * A vending box pairs on each connect and is deaf until it is answered; a QR box pairs only while it has no id. Neither
 * asks twice on one connection, so a connection on which something went missing is closed: the box comes back in seconds.
 *
 * A QR box that was named and is not bound yet is **deaf** after any reconnect: it neither pairs nor subscribes before its next
 * power-on (public firmware). Bound meanwhile it would never learn of it. But it takes in what comes unasked, so it is told N16
 * without its having subscribed, and its connection closed: bound, it subscribes at the next.
 */

import type { HandleBox } from '../../protocol/vietqr/box.ts'
import { handleBoxCheckSum } from '../../protocol/vietqr/checksums.ts'
import { macKey } from '../../protocol/vietqr/mac.ts'
import type { Guest, Visit } from '../broker/guests.ts'
import type { Clock } from '../clock.ts'
import type { Box } from '../ledger/model.ts'
import { type BoxTopic, mayListenOn, notificationTopic, pairingAnswerTopic, saidOn, topicOf } from './box-topics.ts'

/** A box that was answered subscribes within a second; one that did not hear the answer never does. */
const SUBSCRIBES_MS = 8_000
/** A QR box that has its id subscribes as soon as it is connected. */
const DEAF_AFTER_MS = 2_000
/** Its own task reads a packet every tenth of a second; it keeps what it is told in its flash. */
const TAKES_IN_MS = 500

export interface BoxLinkOwner {
  opened(link: BoxLink): void
  closed(link: BoxLink): void
  /** The box can be told things now. */
  listening(link: BoxLink): void
  /** A bound QR box is connected and does not listen: its firmware has to be helped. */
  deaf(link: BoxLink): void
  said(link: BoxLink, topic: BoxTopic, payload: Uint8Array, on: string): Promise<void>
  /** The firmware has the message of this delivery; what came of it nobody knows. */
  taken(link: BoxLink, deliveryId: string): void
}

export class BoxLink implements Guest {
  readonly mac: string
  box: Box | null
  readonly #visit: Visit
  readonly #clock: Clock
  readonly #owner: BoxLinkOwner
  /** Deliveries by the packet id that acknowledges them. */
  readonly #underWay = new Map<number, string>()
  /** The MAC of a pairing that was not answered yet, as the box wrote it. */
  #asked: string | null = null
  #listens = false
  #openedAt = 0
  #cancelWatch: () => void = () => {}
  #cancelDeaf: () => void = () => {}

  constructor(mac: string, box: Box | null, visit: Visit, clock: Clock, owner: BoxLinkOwner) {
    this.mac = mac
    this.box = box
    this.#visit = visit
    this.#clock = clock
    this.#owner = owner
  }

  get name(): string {
    return this.box?.deviceId ?? `unregistered ${this.mac}`
  }

  opened(): void {
    this.#openedAt = this.#clock.monotonic()
    this.#owner.opened(this)
    this.#watchDeaf()
  }

  closed(): void {
    this.#cancelWatch()
    this.#cancelDeaf()
    this.#owner.closed(this)
  }

  close(): void {
    this.#visit.close()
  }

  mayPublish(topic: string): boolean {
    return saidOn(topic, this) !== null
  }

  maySubscribe(filter: string): boolean {
    return mayListenOn(filter, this)
  }

  subscribed(): void {
    this.#answer()
    if (this.#listens || !this.#isListening()) return
    this.#listens = true
    this.#cancelWatch()
    this.#cancelDeaf()
    this.#owner.listening(this)
  }

  async said(topic: string, payload: Uint8Array): Promise<void> {
    const about = saidOn(topic, this)
    if (about !== null) await this.#owner.said(this, about, payload, topic)
  }

  acknowledged(packetId: number): void {
    const deliveryId = this.#underWay.get(packetId)
    this.#underWay.delete(packetId)
    if (deliveryId !== undefined) this.#owner.taken(this, deliveryId)
  }

  get listens(): boolean {
    return this.#listens
  }

  /**
   * Takes a registration in. Returns what is wrong with it; the box hears nothing then, as at the real host.
   * @param boxKey what VietQR issued for the checksum
   */
  asks({ mac, checkSum }: HandleBox, boxKey: string): string | null {
    if (macKey(mac) !== this.mac) return 'the MAC in its registration is not the one in its client id'
    if (checkSum.toLowerCase() !== handleBoxCheckSum(mac, boxKey)) return 'the checksum of its registration is wrong'
    if (this.box === null) return 'nobody has registered this MAC: "devices pair vietqr-box|vietqr-vending --mac"'
    this.#asked = mac
    this.#answer()
    return null
  }

  /** What is registered has changed. A box that had no chance to subscribe starts over. */
  known(box: Box): void {
    const before = this.box
    this.box = box
    if (this.#asked !== null) this.#answer()
    else if (before?.boxId !== box.boxId) this.close()
    this.#watchDeaf()
  }

  /** Tells a deaf box to whom it is bound, and has it start over. */
  async wake(topic: string, text: string): Promise<void> {
    await this.#visit.push(topic, text)
    this.#cancelDeaf = this.#clock.after(TAKES_IN_MS, () => this.close())
  }

  reaches(path: string): boolean {
    const topic = this.box === null ? undefined : topicOf(path, this.box)
    return topic !== undefined && this.#visit.granted(topic) !== undefined
  }

  /** Sends one delivery, once. False when it did not leave. */
  deliver(topic: string, text: string, deliveryId: string): Promise<boolean> {
    return this.#visit.deliver(topic, text, packetId => this.#underWay.set(packetId, deliveryId))
  }

  /** Sends what is true now; nothing waits for it. */
  async tell(topic: string, text: string): Promise<void> {
    if (this.#visit.granted(topic) !== undefined) await this.#visit.deliver(topic, text)
  }

  /** Whether an acknowledgement can be expected of this box on this topic. */
  acknowledges(topic: string): boolean {
    return this.#visit.granted(topic) === 1
  }

  #answer(): void {
    const { boxId = null, qrCertificate = null } = this.box ?? {}
    if (this.#asked === null || boxId === null || qrCertificate === null) return
    const topic = pairingAnswerTopic(this.#asked)
    // It subscribes before it asks; if that is still on its way, this comes again with it.
    if (this.#visit.granted(topic) === undefined) return
    this.#asked = null
    this.#visit.deliver(topic, JSON.stringify({ qrCertificate, boxId })).catch(() => this.close())
    this.#cancelWatch()
    if (!this.#listens) this.#cancelWatch = this.#clock.after(SUBSCRIBES_MS, () => this.close())
  }

  #watchDeaf(): void {
    this.#cancelDeaf()
    const { box } = this
    if (box === null || box.kind !== 'vietqr-box' || box.bound === null || this.#listens || this.#asked !== null) return
    const passed = this.#clock.monotonic() - this.#openedAt
    this.#cancelDeaf = this.#clock.after(Math.max(0, DEAF_AFTER_MS - passed), () => this.#owner.deaf(this))
  }

  #isListening(): boolean {
    const { box } = this
    if (box === null) return false
    if (box.kind === 'vietqr-vending') return this.reaches('down/order') && this.reaches('down/vend')
    const topic = notificationTopic(box)
    return topic !== undefined && this.#visit.granted(topic) !== undefined
  }
}
