import type { ByteGuard } from './byte-guard.ts'
import type { Transport } from './link.ts'
import { Sender } from './sender.ts'

/** The connection of a link as the link sees it. */
export function transportOver(guard: ByteGuard, drainTimeout: number): Transport {
  const sender = new Sender(guard, drainTimeout)
  return {
    get destroyed() {
      return guard.destroyed
    },
    get writableLength() {
      return guard.writableLength
    },
    destroy: () => {
      // What was written in this tick still leaves, as far as the socket takes it.
      guard.uncork()
      guard.destroy()
    },
    answer: packet => sender.answer(packet),
    deliver: (topic, payload, qos, numbered) => sender.deliver(topic, payload, qos, numbered),
  }
}
