import { newMessageId } from '../../protocol/ids.ts'
import { type ErrorMessage, type LookupMessage, toPayload } from '../../protocol/local/down.ts'
import type { Acknowledgement } from '../../protocol/local/up.ts'
import type { DeviceBus } from '../broker/device-bus.ts'
import type { Clock } from '../clock.ts'
import type { HostLink } from '../host/host-link.ts'
import type { Device } from '../ledger/model.ts'
import { inVoiceOf } from './profiles/index.ts'
import { toldError } from './profiles/order-message.ts'
import type { Voice } from './profiles/profile.ts'
import { linkAnnouncement } from './profiles/soundbox.ts'
import { type NoteSender, RepeatedNotes } from './repeated-notes.ts'

/**
 * What devices are told that is true only now: how the host link is, what time it is, an answer to a question, an error. Notes
 * are not deliveries: a device that is away misses nothing, because at its return it is told what is true then. Those with an
 * id are repeated until they are answered.
 */
export class DeviceNotes {
  readonly #bus: DeviceBus
  readonly #clock: Clock
  readonly #repeated: RepeatedNotes

  /** `unanswered` hears of a device that is there and says nothing to a note. */
  constructor(bus: DeviceBus, clock: Clock, unanswered: NoteSender['unanswered']) {
    this.#bus = bus
    this.#clock = clock
    this.#repeated = new RepeatedNotes(clock, { send: (...note) => this.#send(...note), unanswered })
  }

  /** A device answered something; whether it was a note is known here. */
  answered(deviceId: string, ack: Pick<Acknowledgement, 'id' | 'status'>): void {
    this.#repeated.answered(deviceId, ack)
  }

  /** The device has left its place. */
  forget(deviceId: string): void {
    this.#repeated.forget(deviceId)
  }

  stop(): void {
    this.#repeated.stop()
  }

  /** `down/link`: while the host is away, payboxes and machines show no QR. */
  async link(deviceId: string, link: HostLink): Promise<void> {
    const note = { id: this.#newId(), host: link.up ? 'up' : 'down', since: Math.floor(link.since / 1000) }
    await this.#repeated.tell(deviceId, 'down/link', note.id, () => JSON.stringify(note), null)
  }

  /** `down/config`: the time, for devices without a clock, and what a person set for this one. Resolves with the id it answers. */
  async config({ deviceId, settings }: Pick<Device, 'deviceId' | 'settings'>): Promise<string> {
    const set = Object.entries(settings).filter(([, value]) => value !== null)
    const id = this.#newId()
    const note = (): object => ({ id, now: Math.floor(this.#clock.now() / 1000), ...Object.fromEntries(set) })
    await this.#repeated.tell(deviceId, 'down/config', id, () => JSON.stringify(note()), null)
    return id
  }

  /** `down/announce` about the host's link: who does not hear it now is told at its return how the link is. */
  async announceLink(device: Device, up: boolean, voice: Voice): Promise<void> {
    const now = this.#clock.now()
    const telling = inVoiceOf(device, { now, voice, newId: () => this.#newId() })
    const id = this.#newId()
    const body = linkAnnouncement(up, device, telling)
    const payload = (): string => toPayload(id, body, this.#clock.now())
    await this.#repeated.tell(device.deviceId, 'down/announce', id, payload, body.expiresAt * 1000)
  }

  /** `down/lookup`: answers carry the asker's `requestId`, not an id of their own. */
  async lookup(deviceId: string, answer: LookupMessage): Promise<void> {
    await this.#send(deviceId, 'down/lookup', JSON.stringify(answer))
  }

  /** `down/error`: every refusal but an order's. */
  async error(deviceId: string, refusal: ErrorMessage): Promise<void> {
    const told = { ...refusal, ...toldError(refusal.code, refusal.message) }
    await this.#send(deviceId, 'down/error', JSON.stringify(told))
  }

  #newId(): string {
    return newMessageId(this.#clock.now())
  }

  async #send(deviceId: string, path: string, payload: string): Promise<boolean> {
    if (!this.#bus.reaches(deviceId, path)) return false
    // It may go away in this very moment; then it is told at its return.
    return this.#bus.send(deviceId, path, payload).then(
      () => true,
      () => false,
    )
  }
}
