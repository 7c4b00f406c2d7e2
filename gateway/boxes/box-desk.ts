/**
 * VietQR's own boxes at the gateway's listener: who they are, what they ask, and what they are told.
 *
 * To the rest of the gateway a bound box is a device like any other: what it must hear is a delivery in its lane, and this desk
 * says it in the box's words and answers for it, because the firmware answers nothing itself. The PUBACK of a message, which
 * leaves the box before the first pulse, ends its delivery as `done`: the box has it. That is no proof that anything came out, so
 * the goods stay `released`; without that PUBACK they are `unknown`.
 */

import { fitBound } from '../../protocol/vietqr/box-down.ts'
import { mostPacketBytes } from '../../protocol/vietqr/box-kinds.ts'
import { readHandleBox } from '../../protocol/vietqr/box-up.ts'
import { MessageError } from '../../protocol/vietqr/json.ts'
import { type DeviceBusOwner, NotReachableError } from '../broker/device-bus.ts'
import type { Guest, GuestHouse, Visit } from '../broker/guests.ts'
import { type Login, LoginRefusedError, REFUSED } from '../broker/login.ts'
import type { Clock } from '../clock.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { Box } from '../ledger/model.ts'
import type { Log } from '../log.ts'
import { BoxLink, type BoxLinkOwner } from './box-link.ts'
import { claimedMac, type SharedLogin } from './box-login.ts'
import type { BoxRequests } from './box-requests.ts'
import { type BoxTopic, notificationTopic, topicOf } from './box-topics.ts'
import { inBoxWords } from './box-words.ts'

/** Stands for the id of a delivery where a box is told what is true now. */
const GREETING = 'N16'

export interface BoxDeskParts {
  readonly ledger: Pick<Ledger, 'boxes' | 'orders' | 'registry'>
  /** Null: the boxes are not served, all are refused. */
  readonly login: SharedLogin | null
  readonly boxKey: string | undefined
  readonly clock: Clock
  readonly log: Pick<Log, 'info' | 'warn'>
  readonly requests: BoxRequests
  /** The desk of all devices: a bound box is one of them. */
  readonly devices: DeviceBusOwner
}

export class BoxDesk implements GuestHouse, BoxLinkOwner {
  readonly #parts: BoxDeskParts
  /** The one open connection of each MAC. */
  readonly #links = new Map<string, BoxLink>()
  /** The same for those that are registered, by device. */
  readonly #devices = new Map<string, BoxLink>()
  /** MACs that were woken and have not listened since: a box that does not wake is not closed for ever. */
  readonly #woken = new Set<string>()

  constructor(parts: BoxDeskParts) {
    this.#parts = parts
  }

  admit(login: Login, visit: Visit): Promise<Guest> | null {
    const { login: shared } = this.#parts
    return shared === null || login.username !== shared.username ? null : this.#admit(login, shared, visit)
  }

  async #admit(login: Login, shared: SharedLogin, visit: Visit): Promise<Guest> {
    const { ledger, clock } = this.#parts
    const mac = claimedMac(login, shared)
    const box = await ledger.boxes.ofMac(mac)
    const device = box === null ? null : await ledger.registry.device(box.deviceId)
    if (device?.enabled === false) throw new LoginRefusedError(REFUSED.authority, `${device.deviceId} is disabled`)
    return new BoxLink(mac, box, visit, clock, this)
  }

  opened(link: BoxLink): void {
    const before = this.#links.get(link.mac)
    this.#links.set(link.mac, link)
    if (link.box !== null) this.#devices.set(link.box.deviceId, link)
    if (before !== undefined) {
      // Not a fault: after a reconnect the firmware comes with another client id while its old socket may still be open.
      this.#parts.log.info({ deviceId: before.name }, 'another link of this MAC opened, the earlier one is closed')
      before.close()
    } else if (link.box !== null) this.#parts.devices.presence(link.box.deviceId, true)
  }

  closed(link: BoxLink): void {
    if (this.#links.get(link.mac) !== link) return
    this.#links.delete(link.mac)
    if (link.box !== null) this.#devices.delete(link.box.deviceId)
    if (link.box !== null) this.#parts.devices.presence(link.box.deviceId, false)
  }

  listening(link: BoxLink): void {
    const { box, mac } = link
    this.#woken.delete(mac)
    if (box !== null && box.bound !== null) this.#parts.devices.reachable(box.deviceId)
  }

  deaf(link: BoxLink): void {
    const { box, mac } = link
    const n16 = box === null ? null : this.#boundWords(box)
    if (n16 === null || this.#woken.has(mac)) return
    this.#woken.add(mac)
    this.#parts.log.info(
      { deviceId: link.name },
      'a box that does not listen is told to whom it is bound, and starts over',
    )
    link.wake(n16.topic, n16.text).catch(() => link.close())
  }

  async said(link: BoxLink, about: BoxTopic, payload: Uint8Array, on: string): Promise<void> {
    if (about === 'handleBox') return this.#pair(link, payload)
    if (link.box === null) return
    // What was registered when it connected may have been activated since.
    const box = await this.#parts.ledger.boxes.ofMac(link.mac)
    if (box === null) return
    if (about === 'request') await this.#parts.requests.order(box, payload, on)
    else await this.#parts.requests.cash(box, payload, on)
  }

  taken({ box }: BoxLink, id: string): void {
    if (box === null) return
    if (id === GREETING) this.#noteGreeted(box)
    else this.#answerFor(box.deviceId, id, 'done')
  }

  /** The host has named this box, or a merchant has activated it. */
  changed(box: Box): void {
    const link = this.#links.get(box.mac)
    if (link === undefined) return
    const isNew = link.box === null
    this.#devices.set(box.deviceId, link)
    link.known(box)
    if (isNew) this.#parts.devices.presence(box.deviceId, true)
    if (box.bound !== null && link.listens) this.#parts.devices.reachable(box.deviceId)
  }

  /**
   * Tells a box that came back to whom it is bound (N16). A QR box is told each time: it takes whatever was left off its screen.
   * A vending box would leave its customer's QR for its menu, so it is told until it has taken it in.
   */
  async greet(deviceId: string): Promise<void> {
    const link = this.#devices.get(deviceId)
    const box = link?.box == null ? null : await this.#parts.ledger.boxes.ofMac(link.mac)
    if (link === undefined || box === null || box.bound === null) return
    if (box.kind === 'vietqr-vending' && box.toldBoundAt !== null) return
    const n16 = this.#boundWords(box)
    if (n16 !== null) await link.deliver(n16.topic, n16.text, GREETING)
  }

  /** Passes on to a QR box what VietQR's app shows on it or takes off it, bytes as they came. False: not said. */
  async passOn(box: Box, text: string): Promise<boolean> {
    const link = this.#devices.get(box.deviceId)
    const topic = notificationTopic(box)
    const fits =
      topic !== undefined && Buffer.byteLength(topic) + Buffer.byteLength(text) + 7 <= mostPacketBytes(box.kind)
    if (link === undefined || !fits || box.kind !== 'vietqr-box') return false
    await link.tell(topic, text)
    return true
  }

  reaches(deviceId: string, path: string): boolean {
    return this.#devices.get(deviceId)?.reaches(path) ?? false
  }

  /** @throws NotReachableError */
  async send(deviceId: string, path: string, payload: string): Promise<void> {
    const link = this.#devices.get(deviceId)
    const box = link?.box ?? null
    const topic = box === null ? undefined : topicOf(path, box)
    if (link === undefined || box === null || topic === undefined) throw new NotReachableError(deviceId, path)
    const message: { readonly id: string } = JSON.parse(payload)
    const text = await inBoxWords(box, path, topic, message, this.#parts.ledger)
    if (text === null) {
      this.#answerFor(deviceId, message.id, 'expired')
      return
    }
    if (!(await link.deliver(topic, text, message.id))) throw new NotReachableError(deviceId, path)
    // Without a PUBACK to wait for, a picture or a sound counts as heard. Goods do not.
    if (!link.acknowledges(topic) && path !== 'down/vend') this.#answerFor(deviceId, message.id, 'done')
  }

  disconnect(deviceId: string): void {
    this.#devices.get(deviceId)?.close()
  }

  async #pair(link: BoxLink, payload: Uint8Array): Promise<void> {
    const { boxKey, log } = this.#parts
    const refuse = (text: string): void => log.warn({ deviceId: link.name }, `a box is not answered: ${text}`)
    if (boxKey === undefined) {
      refuse('host.boxKeyFile is missing, so no checksum can be made')
      return
    }
    try {
      const wrong = link.asks(readHandleBox(payload), boxKey)
      if (wrong !== null) refuse(wrong)
    } catch (error) {
      if (!(error instanceof MessageError)) throw error
      refuse(error.message)
    }
  }

  #boundWords(box: Box): { readonly topic: string; readonly text: string } | null {
    const { bound, kind, deviceId } = box
    const topic = notificationTopic(box)
    if (bound === null || topic === undefined) return null
    const text = fitBound(bound, { topic, mostBytes: mostPacketBytes(kind) })
    if (text !== null) return { topic, text }
    this.#parts.log.warn({ deviceId }, 'this box cannot be told to whom it is bound: its static QR code is too long')
    return null
  }

  #noteGreeted({ mac }: Box): void {
    const { ledger, clock, log } = this.#parts
    ledger.boxes.noteToldBound(mac, clock.now()).catch(error => log.warn({ err: error }, 'N16 comes once more'))
  }

  /** Says in the name of the box what became of a delivery; also that it is not for this box. */
  #answerFor(deviceId: string, id: string, status: 'done' | 'expired'): void {
    const ack = Buffer.from(JSON.stringify({ id, status }))
    this.#parts.devices.message(deviceId, 'up/ack', ack, false).catch(error => {
      this.#parts.log.warn({ err: error, deviceId }, 'what a box has taken could not be written down')
    })
  }
}
