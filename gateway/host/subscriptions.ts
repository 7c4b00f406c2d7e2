import { assertTopicFilter } from './topics.ts'

/** One connection, as far as subscribing is concerned. Both reject when the connection is lost. */
export interface Subscriber {
  /** Subscribes at QoS 1, to what the broker says of itself (`$SYS`) at QoS 0; resolves with the return code of SUBACK for each topic, in their order. */
  subscribe(topics: readonly string[]): Promise<readonly number[]>
  unsubscribe(topics: readonly string[]): Promise<void>
}

const REFUSED = 0x80
/** Topics in one packet: few packets for thousands of terminals, and none that a careful broker finds too large. */
const BATCH = 50
/** Packets that may wait for their answer at the same time. */
const IN_FLIGHT = 8

/**
 * The topics that are wanted and what the broker answered to each on the present connection.
 *
 * Every connection subscribes to the whole list, also when the broker says that it kept the session: it may have kept a
 * list from before the last change of the configuration, from before an access rule was changed at the host, or one made by
 * another program under the same client id. Only a SUBACK of today says what will be delivered. The price is that retained
 * messages come once more.
 */
export class Subscriptions {
  #wanted: ReadonlySet<string> = new Set()
  /** Return code of SUBACK by topic, on the present connection. */
  readonly #answers = new Map<string, number>()
  /** Topics the session at the broker may hold, across connections. */
  readonly #held = new Set<string>()
  #levelling: Promise<void> = Promise.resolve()

  /** @throws TopicError and changes nothing when one of `topics` cannot be subscribed to. */
  want(topics: readonly string[]): void {
    topics.forEach(assertTopicFilter)
    this.#wanted = new Set(topics)
  }

  /** Wanted topics the broker refused when it was last asked. */
  get refused(): readonly string[] {
    return this.#answered(code => code >= REFUSED)
  }

  /** Wanted topics the broker granted without acknowledgements: what is sent while the link is down is lost. */
  get unacknowledged(): readonly string[] {
    return this.#answered(code => code === 0).filter(topic => !topic.startsWith('$'))
  }

  /** Subscribes to the whole list on a new connection; resolves when the broker has answered for every topic. */
  renew(subscriber: Subscriber): Promise<void> {
    this.#answers.clear()
    return this.level(subscriber)
  }

  /** Subscribes to what is new and unsubscribes from what is gone; resolves when the broker has answered for all. */
  level(subscriber: Subscriber): Promise<void> {
    // One at a time: two at once would ask for the same topics twice.
    const mine = this.#levelling.catch(() => {}).then(() => this.#level(subscriber))
    this.#levelling = mine
    return mine
  }

  async #level(subscriber: Subscriber): Promise<void> {
    for (;;) {
      const gone = [...this.#held].filter(topic => !this.#wanted.has(topic))
      const fresh = [...this.#wanted].filter(topic => !this.#answers.has(topic))
      // The list may have been changed while the broker was asked: look again until nothing is left to do.
      if (gone.length === 0 && fresh.length === 0) return
      await inBatches(gone, batch => this.#unsubscribe(subscriber, batch))
      await inBatches(fresh, batch => this.#subscribe(subscriber, batch))
    }
  }

  async #subscribe(subscriber: Subscriber, topics: readonly string[]): Promise<void> {
    for (const topic of topics) this.#held.add(topic)
    const codes = await subscriber.subscribe(topics)
    topics.forEach((topic, index) => {
      this.#answers.set(topic, codes[index] ?? REFUSED)
    })
  }

  async #unsubscribe(subscriber: Subscriber, topics: readonly string[]): Promise<void> {
    await subscriber.unsubscribe(topics)
    for (const topic of topics) {
      this.#held.delete(topic)
      this.#answers.delete(topic)
    }
  }

  #answered(fits: (code: number) => boolean): readonly string[] {
    return [...this.#answers].filter(([topic, code]) => this.#wanted.has(topic) && fits(code)).map(([topic]) => topic)
  }
}

async function inBatches(topics: readonly string[], send: (batch: readonly string[]) => Promise<void>): Promise<void> {
  const batches = Array.from({ length: Math.ceil(topics.length / BATCH) }, (_, index) =>
    topics.slice(index * BATCH, (index + 1) * BATCH),
  )
  for (let from = 0; from < batches.length; from += IN_FLIGHT) {
    await Promise.all(batches.slice(from, from + IN_FLIGHT).map(send))
  }
}
