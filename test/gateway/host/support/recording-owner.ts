import type { HostLinkOwner } from '../../../../gateway/host/host-link.ts'
import { Happenings } from '../../../support/happenings.ts'

interface Received {
  readonly topic: string
  readonly payload: string
  readonly retained: boolean
  readonly cutFrom: number | null
}

/** Writes down what the link tells, and stores messages the way the test wants. */
export class RecordingOwner implements HostLinkOwner {
  readonly messages: Received[] = []
  /** `up`, or why it went down. */
  readonly changes: string[] = []
  /** Stands for the commit; resolves at once unless the test puts something else here. */
  store: (message: Received) => Promise<void> = () => Promise.resolve()
  readonly #happenings = new Happenings()

  message(topic: string, payload: Uint8Array, retained: boolean, cutFrom: number | null): Promise<void> {
    const message = { topic, payload: Buffer.from(payload).toString(), retained, cutFrom }
    this.messages.push(message)
    this.#happenings.happened()
    return this.store(message)
  }

  linkUp(): void {
    this.changes.push('up')
    this.#happenings.happened()
  }

  linkDown(reason: string): void {
    this.changes.push(reason)
    this.#happenings.happened()
  }

  get payloads(): string[] {
    return this.messages.map(message => message.payload)
  }

  /** Why the link went down or stayed down last. */
  get lastReason(): string {
    return this.changes.filter(change => change !== 'up').at(-1) ?? ''
  }

  async untilUp(times = 1): Promise<void> {
    await this.#happenings.until(() => this.changes.filter(change => change === 'up').length >= times, `up ${times} ×`)
  }

  async untilDown(): Promise<void> {
    await this.#happenings.until(() => this.lastReason !== '', 'the link is told to be down')
  }

  async untilMessages(count: number): Promise<void> {
    await this.#happenings.until(() => this.messages.length >= count, `${count} messages`)
  }
}
