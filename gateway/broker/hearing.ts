/**
 * Hands what devices say to the gateway, in order, and no faster than their pace: what comes faster waits, with the
 * connection unread behind it, and the device is told so; a link with too much waiting is ended.
 */

import type { DeviceBusOwner } from './device-bus.ts'
import type { BrokerLog } from './device-links.ts'
import type { Limits } from './limits.ts'
import type { Link } from './link.ts'
import { TokenBuckets } from './token-buckets.ts'

/** More than the gateway takes of one device. */
class RateLimitedError extends Error {
  override readonly name = 'RateLimitedError'
  readonly code = 'RATE_LIMITED'
}

/** One message, or a will. */
interface Said {
  readonly path: string
  readonly payload: Buffer
  readonly retained: boolean
}

/** A device that goes on and on is told once in this time. */
const TELL_EVERY_MS = 10_000
/** What a device may say to one message it is told: `received` and `done`. */
const ANSWERS = 2

export class Hearing {
  readonly #owner: DeviceBusOwner
  readonly #log: BrokerLog
  readonly #limits: Limits
  readonly #paces: TokenBuckets
  /** Messages that wait, of links that have any. */
  readonly #waiting = new Map<Link, number>()
  /** When devices were last told that they are too fast. */
  readonly #told = new Map<string, number>()

  constructor(owner: DeviceBusOwner, log: BrokerLog, limits: Limits) {
    this.#owner = owner
    this.#log = log
    this.#limits = limits
    this.#paces = new TokenBuckets(limits.messages)
  }

  /** The device was told something and is expected to answer. */
  expectAnswers(deviceId: string): void {
    this.#paces.give(deviceId, ANSWERS)
  }

  /** Resolves once the owner has the message on disk. A rejection is to end the link; nothing said after it counts. */
  async hear(link: Link, said: Said): Promise<void> {
    const waiting = (this.#waiting.get(link) ?? 0) + 1
    if (waiting > this.#limits.waiting) throw this.#tooMuch(link)
    this.#waiting.set(link, waiting)
    try {
      await link.inOrder(async () => {
        const ms = this.#paces.take(link.deviceId)
        if (ms > 0) await this.#turn(link, ms)
        await this.#hand(link, said)
      })
    } finally {
      const left = (this.#waiting.get(link) ?? 1) - 1
      if (left > 0) this.#waiting.set(link, left)
      else this.#waiting.delete(link)
    }
  }

  /** The last word of a link that is gone: after everything else it said, and never late for it. */
  hearWill(link: Link, said: Said): Promise<void> {
    return link.finally(() => this.#hand(link, said))
  }

  async #hand({ deviceId }: Link, { path, payload, retained }: Said): Promise<void> {
    try {
      await this.#owner.message(deviceId, path, payload, retained)
    } catch (error) {
      this.#log.warn({ err: error, deviceId, path }, 'the gateway could not take a message of a device')
      throw error
    }
  }

  /**
   * A SUBSCRIBE counts as a message of the device, but cannot wait: what follows it may undo it. It makes the next messages
   * wait instead. @throws RateLimitedError when the device owes too much already; its link is to be ended
   */
  countSubscribe(link: Link): void {
    const { messages, waiting } = this.#limits
    if (this.#paces.take(link.deviceId) > (waiting / messages.perSecond) * 1000) throw this.#tooMuch(link)
  }

  async #turn(link: Link, ms: number): Promise<void> {
    this.#tell(link.deviceId)
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, ms)
    await Promise.race([promise, link.ended])
    clearTimeout(timer)
    // It was never acknowledged. Heard now, a device could say any number of things by connecting anew each time.
    if (link.state === 'closed') throw new RateLimitedError('the link ended before the message had its turn')
  }

  #tooMuch({ deviceId }: Link): RateLimitedError {
    const { messages, waiting } = this.#limits
    this.#log.warn({ deviceId, code: 'RATE_LIMITED' }, 'a device floods the local broker, its link is ended')
    return new RateLimitedError(
      `more than ${waiting} messages wait; ${messages.perSecond} a second are taken of a device`,
    )
  }

  #tell(deviceId: string): void {
    const now = performance.now()
    if (now - (this.#told.get(deviceId) ?? Number.NEGATIVE_INFINITY) < TELL_EVERY_MS) return
    for (const [known, at] of this.#told) if (now - at >= TELL_EVERY_MS) this.#told.delete(known)
    this.#told.set(deviceId, now)
    this.#log.warn({ deviceId, code: 'RATE_LIMITED' }, 'a device speaks too fast, what it says waits')
    try {
      this.#owner.slowed(deviceId)
    } catch (error) {
      this.#log.warn({ err: error, deviceId }, 'the gateway failed on news from the local broker')
    }
  }
}
