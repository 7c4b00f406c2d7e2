import { newMessageId } from '../../protocol/ids.ts'
import { type ErrorMessage, type LookupMessage, toPayload } from '../../protocol/local/down.ts'
import type { DownPath } from '../../protocol/local/topics.ts'
import type { DeviceBus } from '../broker/device-bus.ts'
import type { Clock } from '../clock.ts'
import type { HostLink } from '../host/host-link.ts'
import type { Device } from '../ledger/model.ts'
import { inVoiceOf } from './profiles/index.ts'
import { toldError } from './profiles/order-message.ts'
import type { Voice } from './profiles/profile.ts'
import { linkAnnouncement } from './profiles/soundbox.ts'

/**
 * What devices are told that is true only now: how the host link is, what time it is, an answer to a question, an error. Notes
 * are not deliveries: a device that is away misses nothing, because at its return it is told what is true then.
 */
export class DeviceNotes {
  readonly #bus: DeviceBus
  readonly #clock: Clock

  constructor(bus: DeviceBus, clock: Clock) {
    this.#bus = bus
    this.#clock = clock
  }

  /** `down/link`: while the host is away, payboxes and machines show no QR. */
  async link(deviceId: string, link: HostLink): Promise<void> {
    const body = { host: link.up ? 'up' : 'down', since: Math.floor(link.since / 1000) }
    await this.#send(deviceId, 'down/link', { id: this.#newId(), ...body })
  }

  /** `down/config`: the time, for devices without a clock, and what a person set for this one. Resolves with the id it answers. */
  async config({ deviceId, settings }: Pick<Device, 'deviceId' | 'settings'>): Promise<string> {
    const set = Object.entries(settings).filter(([, value]) => value !== null)
    const now = Math.floor(this.#clock.now() / 1000)
    const id = this.#newId()
    await this.#send(deviceId, 'down/config', { id, now, ...Object.fromEntries(set) })
    return id
  }

  /** `down/announce` about the host's link: who does not hear it now is told at its return how the link is. */
  async announceLink(device: Device, up: boolean, voice: Voice): Promise<void> {
    const now = this.#clock.now()
    const telling = inVoiceOf(device, { now, voice, newId: () => this.#newId() })
    const body = linkAnnouncement(up, device, telling)
    await this.#send(device.deviceId, 'down/announce', JSON.parse(toPayload(this.#newId(), body, now)))
  }

  /** `down/lookup`: answers carry the asker's `requestId`, not an id of their own. */
  async lookup(deviceId: string, answer: LookupMessage): Promise<void> {
    await this.#send(deviceId, 'down/lookup', answer)
  }

  /** `down/error`: every refusal but an order's. */
  async error(deviceId: string, refusal: ErrorMessage): Promise<void> {
    await this.#send(deviceId, 'down/error', { ...refusal, ...toldError(refusal.code, refusal.message) })
  }

  #newId(): string {
    return newMessageId(this.#clock.now())
  }

  async #send(deviceId: string, path: DownPath, body: object): Promise<void> {
    if (!this.#bus.reaches(deviceId, path)) return
    // It may go away in this very moment; then it is told at its return.
    await this.#bus.send(deviceId, path, JSON.stringify(body)).catch(() => {})
  }
}
