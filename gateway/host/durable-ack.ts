import { crashPoint } from '../crash-point.ts'
import type { Publish } from '../mqtt/publish-packet.ts'

/**
 * Acknowledgements that wait for the disk, many at once.
 *
 * MQTT.js handles one packet at a time and sends PUBACK inside that handling, so a message that is made durable first
 * holds up every message behind it: one fsync for each. The host's messages therefore never come to MQTT.js: the frame guard takes
 * them out of the stream before it, and what MQTT.js does not see it does not acknowledge. Here each message is **taken** when it
 * has come whole, and **covered** when the owner's promise has resolved. Acknowledgements of covered messages leave in the
 * order the messages came [MQTT-4.6.0-2], as many as there are in one write: a message that is not covered holds back all behind it.
 *
 *     taken ──promise resolves──▶ covered ──all before it are──▶ acknowledged
 *       └──promise rejects──▶ the connection ends; of what is not acknowledged nothing ever is: the host sends it again
 *
 * With QoS 2, which is not asked for but may wait in a session that another program left on the broker, PUBREC is the
 * acknowledgement; MQTT.js answers the PUBREL that follows with PUBCOMP, for it needs no message for that. One that comes twice is
 * known to the ledger. A message with QoS 0 is taken like the others and acknowledged by nobody.
 */

const PUBACK = 0x40
const PUBREC = 0x50
const EXACTLY_ONCE = 2

export interface DurableAckOwner {
  /** Makes one message durable; a rejection means it was not. `cutFrom` as the frame guard tells it. */
  message(topic: string, payload: Uint8Array, retained: boolean, cutFrom: number | null): Promise<void>
  /** Bytes for the host. */
  write(bytes: Buffer): void
  /** Nothing more is to be read from the host, until `goOn`. */
  hold(): void
  goOn(): void
  /** The connection must end now: a message was not made durable. */
  fail(error: unknown): void
  /** A QoS 0 message was not made durable; the host does not send it again. */
  lost(error: unknown): void
}

/** From these on nothing more is read from the host. */
export interface IntakeLimits {
  readonly messages: number
  readonly bytes: number
}

interface Intake {
  readonly bytes: number
  readonly messageId: number
  /** First byte of the acknowledgement. */
  readonly answer: number
  covered: boolean
}

export class DurableAck {
  readonly #owner: DurableAckOwner
  readonly #limits: IntakeLimits
  /** Oldest first; everything before `#next` has been acknowledged. */
  #queue: Intake[] = []
  #next = 0
  #waiting = 0
  #waitingBytes = 0
  #full = false
  #idle: (() => void)[] = []
  #flushPlanned = false
  #closed = false

  constructor(owner: DurableAckOwner, limits: IntakeLimits) {
    this.#owner = owner
    this.#limits = limits
  }

  /** Whether reading from the host is stopped until messages have been made durable. */
  get full(): boolean {
    return this.#full
  }

  /** Takes a message that has come; `cutFrom` as the frame guard tells it. */
  take({ topic, payload, qos, retained, messageId }: Publish, cutFrom: number | null): void {
    if (this.#closed) return
    crashPoint('receiving')
    const answer = qos === EXACTLY_ONCE ? PUBREC : PUBACK
    const intake: Intake = { bytes: payload.length, messageId, answer, covered: false }
    this.#waiting += 1
    this.#waitingBytes += intake.bytes
    if (qos > 0) this.#queue.push(intake)
    this.#store(topic, payload, retained, cutFrom).then(
      () => {
        intake.covered = true
        if (qos > 0) return this.#planFlush()
        this.#discount(intake)
        this.#wake()
      },
      error => {
        if (qos > 0) return this.#fail(error)
        this.#discount(intake)
        this.#owner.lost(error)
        this.#wake()
      },
    )
    crashPoint('received')
    if (this.#full || this.#hasRoom()) return
    this.#full = true
    this.#owner.hold()
  }

  /** Resolves when every message taken in has been acknowledged. */
  idle(): Promise<void> {
    if (this.#waiting === 0 || this.#closed) return Promise.resolve()
    return new Promise(resolve => this.#idle.push(resolve))
  }

  /** From here on nothing is acknowledged any more. */
  close(): void {
    this.#closed = true
    this.#queue = []
    for (const resolve of this.#idle.splice(0)) resolve()
  }

  /** Turns an owner that throws at once into a rejection. */
  #store(...message: Parameters<DurableAckOwner['message']>): Promise<void> {
    try {
      return this.#owner.message(...message)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /** After all promises of this turn of the event loop: messages committed together are acknowledged in one write. */
  #planFlush(): void {
    if (this.#flushPlanned) return
    this.#flushPlanned = true
    process.nextTick(() => {
      this.#flushPlanned = false
      this.#flush()
    })
  }

  #flush(): void {
    const bytes: number[] = []
    for (;;) {
      const intake = this.#queue[this.#next]
      if (intake === undefined || !intake.covered) break
      bytes.push(intake.answer, 2, intake.messageId >> 8, intake.messageId & 0xff)
      this.#next += 1
      this.#discount(intake)
    }
    if (this.#next * 2 >= this.#queue.length) {
      this.#queue.splice(0, this.#next)
      this.#next = 0
    }
    if (bytes.length > 0) {
      crashPoint('acknowledging')
      this.#owner.write(Buffer.from(bytes))
      crashPoint('acknowledged')
    }
    this.#wake()
  }

  #discount(intake: Intake): void {
    this.#waiting -= 1
    this.#waitingBytes -= intake.bytes
  }

  #wake(): void {
    if (this.#full && this.#hasRoom()) {
      this.#full = false
      this.#owner.goOn()
    }
    if (this.#waiting === 0) for (const resolve of this.#idle.splice(0)) resolve()
  }

  #hasRoom(): boolean {
    return this.#waiting < this.#limits.messages && this.#waitingBytes < this.#limits.bytes
  }

  #fail(error: unknown): void {
    if (this.#closed) return
    this.close()
    this.#owner.fail(error)
  }
}
