import { ERROR_MESSAGES, type ErrorCode, GatewayError } from '../../protocol/errors.ts'
import { isUpPath, type UpPath } from '../../protocol/local/topics.ts'
import {
  type Acknowledgement,
  DeviceMessageError,
  type DeviceStatus,
  readAcknowledgement,
  readCancel,
  readEvent,
  readLookup,
  readOrder,
  readResult,
  readSimulate,
  readStatus,
} from '../../protocol/local/up.ts'
import type { DeviceBusOwner } from '../broker/device-bus.ts'
import type { Clock } from '../clock.ts'
import { crashPoint } from '../crash-point.ts'
import type { Lanes } from '../deliveries/lanes.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { Delivery, Device, Order } from '../ledger/model.ts'
import type { OrderDesk } from '../orders/order-desk.ts'
import type { Questions } from '../payments/questions.ts'
import { secretFits } from './credentials.ts'
import type { DeviceNotes } from './device-notes.ts'

/** Kinds that may ask for an order. */
const ORDERING: ReadonlySet<Device['kind']> = new Set(['vending', 'pos', 'paybox'])

export interface DeviceDeskOwner {
  /** A device came, went, or can be told things now. */
  presence(deviceId: string, online: boolean): void
  takenOver(deviceId: string): void
  /** It said something. */
  heard(deviceId: string): void
  returned(device: Device): Promise<void>
  /** A device answered a message, whether that is a delivery or a note. */
  answered(deviceId: string, answer: Acknowledgement): void
  acknowledged(delivery: Delivery): void
  resulted(order: Order): void
  trouble(error: unknown): void
}

export interface DeviceDeskParts {
  readonly ledger: Ledger
  readonly orders: OrderDesk
  readonly questions: Questions
  readonly clock: Clock
  /** Made after the bus, which in turn needs this desk. */
  readonly lanes: () => Lanes
  readonly notes: () => DeviceNotes
}

/**
 * Everything devices say, and who they are. What must not be lost is on disk before the device is told that it was heard;
 * what needs the host or another device goes on behind, and its answer comes on a topic of its own.
 */
export class DeviceDesk implements DeviceBusOwner {
  readonly #parts: DeviceDeskParts
  readonly #owner: DeviceDeskOwner

  constructor(parts: DeviceDeskParts, owner: DeviceDeskOwner) {
    this.#parts = parts
    this.#owner = owner
  }

  async authenticate(username: string, password: Uint8Array): Promise<boolean> {
    return secretFits(password, await this.#parts.ledger.registry.secretOf(username))
  }

  presence(deviceId: string, online: boolean): void {
    this.#parts.ledger.registry
      .noteStatus(deviceId, null, this.#parts.clock.now())
      .catch(error => this.#owner.trouble(error))
    this.#owner.presence(deviceId, online)
  }

  takenOver(deviceId: string): void {
    this.#owner.takenOver(deviceId)
  }

  reachable(deviceId: string): void {
    const lanes = this.#parts.lanes()
    lanes.arriving(deviceId)
    this.#parts.ledger.registry
      .device(deviceId)
      .then(device => (device === null ? undefined : this.#owner.returned(device)))
      .catch(error => this.#owner.trouble(error))
      .finally(() => lanes.returned(deviceId))
  }

  slowed(deviceId: string): void {
    this.#behind(
      this.#sayError(deviceId, null, 'RATE_LIMITED', 'messages come faster than they are taken; wait for PUBACK'),
    )
  }

  async message(deviceId: string, path: string, payload: Uint8Array): Promise<void> {
    this.#owner.heard(deviceId)
    // Answers are most of what devices say, and a delivery knows whose it is: nobody has to be looked up.
    if (path === 'up/ack') return this.#acknowledge(deviceId, payload)
    const device = await this.#parts.ledger.registry.device(deviceId)
    // Removed a moment ago: its connection is being closed.
    if (device === null) return
    try {
      if (!isUpPath(path))
        throw new DeviceMessageError('INVALID_MESSAGE', `${path} is not a topic of the contract`, null)
      await this.#hear(device, path, payload)
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error
      const requestId = error instanceof DeviceMessageError ? error.requestId : null
      if (path === 'up/order') await this.#refuseOrder(device, requestId, error.code, error.message)
      else await this.#sayError(device.deviceId, requestId, error.code, error.message)
    }
  }

  async #hear(device: Device, path: UpPath, payload: Uint8Array): Promise<void> {
    const { ledger } = this.#parts
    const { deviceId } = device
    switch (path) {
      case 'up/status':
        return this.#status(device, readStatus(payload))
      case 'up/order':
        return this.#order(device, payload)
      case 'up/cancel':
        return this.#cancel(device, payload)
      case 'up/lookup': {
        const { requestId, by, value } = readLookup(payload)
        this.#behind(this.#lookUp(device, requestId, { by, value }))
        return
      }
      case 'up/simulate': {
        const { requestId, orderId } = readSimulate(payload)
        this.#behind(this.#simulate(device, requestId, orderId))
        return
      }
      case 'up/result': {
        const order = await ledger.orders.noteResult(deviceId, readResult(payload))
        if (order === null) throw new GatewayError('ORDER_UNKNOWN')
        this.#owner.resulted(order)
        return
      }
      case 'up/event':
        return this.#press(device, payload)
      case 'up/ack':
        // Heard before anything else was looked at.
        return
    }
  }

  /** A machine that can release nothing must not have a code on any screen: a customer would pay for nothing. */
  async #status(device: Device, said: DeviceStatus): Promise<void> {
    const { deviceId, kind } = device
    const { outOfService, ...status } = said
    const mayBeOut = kind === 'vending' && outOfService !== undefined
    const noted = mayBeOut ? { ...status, outOfService } : status
    await this.#parts.ledger.registry.noteStatus(deviceId, noted, this.#parts.clock.now())
    if (mayBeOut && outOfService) await this.#parts.orders.cancelOpen(deviceId)
  }

  async #order(device: Device, payload: Uint8Array): Promise<void> {
    const asked = readOrder(payload)
    const { deviceId, terminalCode } = device
    const { requestId, amount } = asked
    if (!ORDERING.has(device.kind)) {
      return this.#refuseOrder(device, requestId, 'NOT_ALLOWED', `a ${device.kind} does not order`, amount)
    }
    try {
      const opened = await this.#parts.orders.open({ ...asked, deviceId, terminalCode })
      if (opened.outcome === 'conflict') {
        return this.#refuseOrder(device, requestId, 'REQUEST_CONFLICT', ERROR_MESSAGES.REQUEST_CONFLICT.en, amount)
      }
      this.#parts.lanes().wake(opened.told)
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error
      await this.#refuseOrder(device, requestId, error.code, error.message, amount)
    }
  }

  async #refuseOrder(
    device: Device,
    requestId: string | null,
    code: ErrorCode,
    message: string,
    amount = 0,
  ): Promise<void> {
    const now = this.#parts.clock.now()
    const refused = await this.#parts.ledger.orders.refuse(device.deviceId, { requestId, amount, code, message, now })
    this.#parts.lanes().wake(refused.told)
  }

  async #cancel(device: Device, payload: Uint8Array): Promise<void> {
    const { requestId, orderId } = readCancel(payload)
    const cancelled = await this.#parts.orders.cancel(orderId, device.deviceId)
    if (cancelled === null) throw new DeviceMessageError('ORDER_UNKNOWN', ERROR_MESSAGES.ORDER_UNKNOWN.en, requestId)
    if (cancelled.changed) return
    const { told } = await this.#parts.ledger.orders.tellAgain(orderId, this.#parts.clock.now())
    this.#parts.lanes().wake(told)
    if (cancelled.order.state === 'cancelled') return
    const message = `the order is ${cancelled.order.state} and cannot be cancelled`
    throw new DeviceMessageError('ORDER_CLOSED', message, requestId)
  }

  async #press(device: Device, payload: Uint8Array): Promise<void> {
    const event = readEvent(payload)
    if (device.kind !== 'countercall') {
      throw new DeviceMessageError('NOT_ALLOWED', `a ${device.kind} has no keys of a counter call`, event.id)
    }
    const { told, refusal } = await this.#parts.ledger.calls.press(device, event, this.#parts.clock.now())
    this.#parts.lanes().wake(told)
    if (refusal !== null) throw new DeviceMessageError(refusal.code, refusal.message, event.id)
  }

  async #lookUp(device: Device, requestId: string, question: Parameters<Questions['lookUp']>[1]): Promise<void> {
    const { questions } = this.#parts
    const notes = this.#parts.notes()
    try {
      const { code, transactions } = await questions.lookUp(device.terminalCode, question)
      const answer = code === null ? { status: 'ok' as const, transactions } : { status: 'failed' as const, code }
      await notes.lookup(device.deviceId, { requestId, ...answer })
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error
      await notes.lookup(device.deviceId, { requestId, status: 'failed', code: error.code })
    }
  }

  async #simulate(device: Device, requestId: string, orderId: string): Promise<void> {
    try {
      await this.#parts.questions.simulate(orderId, device.terminalCode)
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error
      await this.#sayError(device.deviceId, requestId, error.code, error.message)
    }
  }

  async #acknowledge(deviceId: string, payload: Uint8Array): Promise<void> {
    const ack = readAnswer(payload)
    if (ack instanceof DeviceMessageError) return this.#sayError(deviceId, ack.requestId, ack.code, ack.message)
    crashPoint('receipt')
    const { ledger, clock } = this.#parts
    const known = this.#parts.lanes().known(deviceId, ack.id)
    const delivery = await ledger.deliveries.noteAcknowledgement(deviceId, ack, clock.now(), known)
    crashPoint('receipt-stored')
    this.#owner.answered(deviceId, ack)
    // Answers to notes, and to messages of long ago, need nothing more.
    if (delivery === null) return
    this.#parts.lanes().acknowledged(delivery, ack.status === 'busy')
    this.#owner.acknowledged(delivery)
  }

  async #sayError(deviceId: string, requestId: string | null, code: ErrorCode, message: string): Promise<void> {
    const about = requestId === null ? {} : { requestId }
    await this.#parts.notes().error(deviceId, { ...about, code, message })
  }

  #behind(work: Promise<void>): void {
    work.catch(error => this.#owner.trouble(error))
  }
}

function readAnswer(payload: Uint8Array): Acknowledgement | DeviceMessageError {
  try {
    return readAcknowledgement(payload)
  } catch (error) {
    if (error instanceof DeviceMessageError) return error
    throw error
  }
}
