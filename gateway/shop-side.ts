import { BoxDesk } from './boxes/box-desk.ts'
import { BoxRequests } from './boxes/box-requests.ts'
import type { DeviceBus } from './broker/device-bus.ts'
import type { BusOwners } from './broker/open-bus.ts'
import type { Clock } from './clock.ts'
import type { Settings } from './config/schema.ts'
import type { Secrets } from './config/secrets.ts'
import { Lanes } from './deliveries/lanes.ts'
import { DeviceDesk } from './devices/device-desk.ts'
import { DeviceNotes } from './devices/device-notes.ts'
import { LinkAnnouncer } from './devices/link-announcer.ts'
import { PairingDesk } from './devices/pairing-desk.ts'
import { pairingDoor } from './devices/pairing-door.ts'
import { Presence } from './devices/presence.ts'
import { Technician } from './devices/technician.ts'
import type { GatewayEvents } from './events.ts'
import type { HostLink } from './host/host-link.ts'
import type { Ledger } from './ledger/ledger.ts'
import type { Device, Order } from './ledger/model.ts'
import type { Log } from './log.ts'
import type { OrderDesk } from './orders/order-desk.ts'
import type { Questions } from './payments/questions.ts'
import type { Reporter } from './reporter.ts'

export interface ShopSideParts {
  readonly settings: Settings
  readonly secrets: Secrets
  readonly ledger: Ledger
  readonly log: Log
  readonly clock: Clock
  readonly reporter: Reporter
  readonly events: GatewayEvents
  /** What devices may ask for. */
  readonly orders: OrderDesk
  readonly questions: Questions
  readonly link: HostLink
  readonly busFor: (owners: BusOwners) => DeviceBus
}

export interface ShopSideOwner {
  orderChanged(order: Order, told: readonly string[]): void
}

/** Everything that has to do with the devices of the shop: the bus they are on, what they say, and what they have to be told. */
export class ShopSide {
  readonly bus: DeviceBus
  readonly boxes: BoxDesk
  readonly presence: Presence
  readonly technician: Technician
  readonly pairing: PairingDesk
  readonly lanes: Lanes
  readonly #parts: ShopSideParts
  readonly #notes: DeviceNotes
  readonly #announcer: LinkAnnouncer

  constructor(parts: ShopSideParts, owner: ShopSideOwner) {
    const { ledger, clock, reporter, events } = parts
    this.#parts = parts
    this.presence = new Presence(clock, { trouble: (deviceId, trouble) => reporter.unsteady(deviceId, trouble) })
    const desk = this.#makeDeviceDesk()
    this.boxes = this.#makeBoxDesk(desk)
    this.pairing = new PairingDesk({
      ledger,
      clock,
      log: parts.log,
      bus: () => this.bus,
      undone: (deviceId, removed) => {
        this.technician.deviceLeft(deviceId, removed)
        this.presence.forget(deviceId)
      },
    })
    const devices = pairingDoor(desk, this.pairing, error => reporter.trouble(error))
    this.bus = parts.busFor({ devices, boxes: this.boxes })
    this.#notes = new DeviceNotes(this.bus, clock, (deviceId, path) => reporter.silent(deviceId, path))
    this.#announcer = new LinkAnnouncer(clock, up => {
      this.#announceLink(up).catch(error => reporter.trouble(error))
    })
    this.lanes = new Lanes(
      {
        bus: this.bus,
        deliveries: ledger.deliveries,
        clock,
        trouble: error => reporter.trouble(error),
        ended: (delivery, state) => {
          reporter.unheard(delivery, state)
          events.emit('delivered', { ...delivery, state })
        },
      },
      deviceId => ledger.registry.device(deviceId),
    )
    this.technician = new Technician(
      { ledger, bus: this.bus, lanes: this.lanes, notes: this.#notes, events, clock },
      {
        dropped: delivery => reporter.dropped(delivery),
        goodsLost: order => reporter.result(order),
        orderChanged: (order, told) => owner.orderChanged(order, told),
      },
    )
  }

  stop(): void {
    this.pairing.stop()
    this.#announcer.stop()
    this.lanes.stop()
    this.#notes.stop()
  }

  /** The line to VietQR came up or went down: screens show codes again or no more; a voice says it when it lasts. */
  linkChanged(up: boolean): void {
    const { link, reporter } = this.#parts
    this.#announcer.changed(up)
    for (const deviceId of this.presence.online)
      this.#notes.link(deviceId, link).catch(error => reporter.trouble(error))
  }

  /** Something was set for a device: it is told at once, or at its return. */
  async deviceSet(device: Device): Promise<void> {
    await this.#notes.config(device)
  }

  #makeDeviceDesk(): DeviceDesk {
    const { ledger, orders, questions, clock, reporter, events } = this.#parts
    const lanes = (): Lanes => this.lanes
    const notes = (): DeviceNotes => this.#notes
    return new DeviceDesk(
      { ledger, orders, questions, clock, lanes, notes },
      {
        presence: (deviceId, online) => {
          this.presence.changed(deviceId, online)
          reporter.presence(deviceId, online)
          events.emit('presence', deviceId, online)
        },
        takenOver: deviceId => this.presence.takenOver(deviceId),
        heard: deviceId => this.presence.heard(deviceId),
        returned: device => this.#returned(device),
        answered: (deviceId, answer) => {
          this.#notes.answered(deviceId, answer)
          events.emit('answered', deviceId, answer)
        },
        acknowledged: delivery => {
          this.presence.effect(delivery)
          reporter.acknowledged(delivery)
          events.emit('delivered', delivery)
        },
        resulted: order => {
          reporter.result(order)
          events.emit('order', order)
        },
        trouble: error => reporter.trouble(error),
      },
    )
  }

  #makeBoxDesk(devices: DeviceDesk): BoxDesk {
    const { ledger, settings, secrets, log, orders, clock, reporter } = this.#parts
    const { vietqrBoxes } = settings.broker
    const { boxesPassword: password, boxKey } = secrets
    const login =
      vietqrBoxes === undefined || password === undefined ? null : { username: vietqrBoxes.username, password }
    if (login !== null && boxKey === undefined) {
      log.warn('host.boxKeyFile is missing: no box can be paired or answered; name the file with the key VietQR issued')
    }
    const requests = new BoxRequests(ledger, orders, clock, {
      cash: report => reporter.cash(report),
      deadLetter: (reason, text) => reporter.boxRefused(reason, text),
      told: deviceIds => this.lanes.wake(deviceIds),
    })
    return new BoxDesk({ ledger, login, boxKey, clock, log, requests, devices })
  }

  /** A device can be told things again: what is true now first, then what it missed. */
  async #returned(device: Device): Promise<void> {
    const { deviceId, kind } = device
    const { ledger, link, clock, events } = this.#parts
    const now = clock.now()
    await this.#notes.config(device)
    await this.#notes.link(deviceId, link)
    await this.boxes.greet(deviceId)
    await ledger.deliveries.freshen(deviceId, now)
    if (kind === 'paybox' || kind === 'vietqr-box') await ledger.deliveries.tellPresentState(deviceId, now)
    events.emit('reachable', deviceId)
  }

  async #announceLink(up: boolean): Promise<void> {
    const { ledger, settings } = this.#parts
    const devices = await ledger.registry.devices()
    const boxes = devices.filter(({ deviceId, kind }) => kind === 'soundbox' && this.presence.online.has(deviceId))
    await Promise.all(boxes.map(box => this.#notes.announceLink(box, up, settings.voice)))
  }
}
