import type { CallMessage } from '../../../protocol/local/down.ts'
import { callText } from '../../../protocol/voice/announcement.ts'
import type { Device, NewDelivery } from '../../ledger/model.ts'
import { delivery, type Profile, type ShopEvent, seconds, type Telling } from './profile.ts'

/** A call later than this would send the hall after an old number. */
const CALL_MS = 45_000

/** The display and voice that call a ticket to its counter once its order is paid. */
export const countercall: Profile = {
  kind: 'countercall',
  // Two calls closer than two seconds run into each other in a hall.
  pace: { gapMs: 2000, patienceMs: 2000, resendMs: 5000, attempts: 4 },
  tell(event: ShopEvent, device: Device, telling: Telling): readonly NewDelivery[] {
    if (event.kind !== 'released' || event.order.ticket === null) return []
    const { ticket, counter, orderId } = event.order
    // A display without a counter of its own serves the whole terminal.
    if (counter !== null && device.counter !== null && device.counter !== counter) return []
    const expiresAt = telling.now + CALL_MS
    const body: CallMessage = {
      ticket,
      counter: counter ?? device.counter ?? '',
      callNumber: 1,
      text: callText({ ticket, counter: counter ?? device.counter, callNumber: 1 }, telling.voice.language),
      expiresAt: seconds(expiresAt),
    }
    return [delivery(device, 'call', { orderId }, body, expiresAt, telling)]
  },
}
