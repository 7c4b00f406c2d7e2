import type { OrderMessage } from '../../../protocol/local/down.ts'
import { announcementText } from '../../../protocol/voice/announcement.ts'
import type { Device, NewDelivery } from '../../ledger/model.ts'
import { delivery, seconds, type Telling } from './profile.ts'

/** Somebody stands in front of the device and waits; later nobody would know what the noise is about. */
export const TEST_MS = 20_000

/** Cannot be an order id of this gateway, nor a ticket of a shop. */
const NAME = 'TEST'

/**
 * What a device of this kind does to show that it works: a soundbox speaks, a counter call calls a ticket `TEST`, a screen takes
 * up an order of 0 đ that is cancelled already, so that nothing on it can be mistaken for money or be paid. A machine and a till
 * have no such thing: they are told the time (`down/config`) and answer it; that is no delivery.
 */
export function tellTest(device: Device, telling: Telling): readonly NewDelivery[] {
  const expiresAt = telling.now + TEST_MS
  const text = announcementText({ kind: 'test' }, telling.voice)
  const until = { expiresAt: seconds(expiresAt) }
  switch (device.kind) {
    case 'vietqr-box':
    case 'soundbox': {
      const { language } = telling.voice
      return [delivery(device, 'announce', {}, { kind: 'test', text, language, ...until }, expiresAt, telling)]
    }
    case 'countercall': {
      const call = { ticket: NAME, counter: device.counter ?? '', callNumber: 1, text, ...until }
      return [delivery(device, 'call', {}, call, expiresAt, telling)]
    }
    case 'paybox': {
      const money = { amount: 0, received: 0 }
      const screen: OrderMessage = { orderId: NAME, state: 'cancelled', ...money, content: NAME, ...until }
      return [delivery(device, 'order', {}, screen, expiresAt, telling)]
    }
    case 'vending':
    case 'vietqr-vending':
    case 'pos':
      return []
  }
}
