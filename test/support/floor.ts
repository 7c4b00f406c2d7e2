import { type BusAddress, type DeviceBus, NotReachableError } from '../../gateway/broker/device-bus.ts'
import { Lanes } from '../../gateway/deliveries/lanes.ts'
import { ManualClock } from './manual-clock.ts'
import { pay, type Shop, T0 } from './shop.ts'

/** A bus that remembers what reached whom; devices are there or not as the test says. */
export class FakeBus implements DeviceBus {
  readonly sent: { deviceId: string; path: string; message: Record<string, unknown> }[] = []
  readonly here = new Set<string>()
  async start(): Promise<void> {}
  async stop(): Promise<void> {}
  addresses(): readonly BusAddress[] {
    return []
  }
  reaches(deviceId: string): boolean {
    return this.here.has(deviceId)
  }
  online(deviceId: string): boolean {
    return this.here.has(deviceId)
  }
  async send(deviceId: string, path: string, payload: string): Promise<void> {
    if (!this.here.has(deviceId)) throw new NotReachableError(deviceId, path)
    this.sent.push({ deviceId, path, message: JSON.parse(payload) })
  }
  disconnect(): void {}

  to(deviceId: string, path: string): Record<string, unknown>[] {
    return this.sent.filter(sent => sent.deviceId === deviceId && sent.path === path).map(sent => sent.message)
  }
}

/** A shop with its lanes, on a clock that the test moves. */
export interface Floor {
  readonly shop: Shop
  readonly bus: FakeBus
  readonly clock: ManualClock
  readonly lanes: Lanes
  readonly troubles: unknown[]
  pay(fields: Readonly<Record<string, unknown>>): Promise<void>
  ack(deviceId: string, id: unknown, status: 'received' | 'done' | 'busy' | 'failed'): Promise<void>
  comesBack(deviceId: string): Promise<void>
}

export async function openFloor(shop: Shop, present: readonly string[]): Promise<Floor> {
  const bus = new FakeBus()
  for (const deviceId of present) bus.here.add(deviceId)
  const clock = new ManualClock(T0 + 1000)
  const troubles: unknown[] = []
  const { ledger } = shop
  const lanes = new Lanes(
    { bus, deliveries: ledger.deliveries, clock, trouble: error => troubles.push(error), ended: () => {} },
    deviceId => ledger.registry.device(deviceId),
  )
  return {
    shop,
    bus,
    clock,
    lanes,
    troubles,
    async pay(fields) {
      lanes.wake((await pay(shop, fields, clock.now())).told)
      await clock.advance(0)
    },
    async ack(deviceId, id, status) {
      const ack = { id: String(id), status }
      const known = lanes.known(deviceId, ack.id)
      const delivery = await ledger.deliveries.noteAcknowledgement(deviceId, ack, clock.now(), known)
      if (delivery !== null) lanes.acknowledged(delivery, status === 'busy')
      await clock.advance(0)
    },
    async comesBack(deviceId) {
      bus.here.add(deviceId)
      await ledger.deliveries.freshen(deviceId, clock.now())
      lanes.returned(deviceId)
      await clock.advance(0)
    },
  }
}
