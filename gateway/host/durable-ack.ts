import type { Writable } from 'node:stream'
import { MqttClient } from 'mqtt'
import { crashPoint } from '../crash-point.ts'

/**
 * Acknowledgements that wait for the disk, many at once.
 *
 * MQTT.js handles one packet at a time and sends PUBACK inside that handling, so a message that is made durable first
 * holds up every message behind it: one fsync for each. Here each message is **taken in** when it arrives and MQTT.js goes
 * on at once; its acknowledgement is **due** when MQTT.js asks to send it and **covered** when the owner's promise has
 * resolved. Due and covered acknowledgements leave in the order the messages came [MQTT-4.6.0-2]: one that is not covered
 * holds back all behind it.
 *
 * The seam. MQTT.js sends every packet of its own through the method `_sendPacket(packet, done, …)`, which is not public.
 * It is covered here, on the one client only, by a method that keeps PUBACK and PUBREC back, calls `done` so that MQTT.js
 * goes on, and hands everything else through. Two things watch over it: `assertAcknowledgementSeam` looks at the method
 * before any connection is made, and the public event `packetsend`, raised before a packet is written, ends the connection
 * if an acknowledgement is about to leave by a way that was not foreseen.
 *
 * QoS 2 is not asked for, but a session that another program left on the broker can still hold such messages. They are
 * taken in at PUBLISH, PUBREC waits like PUBACK, and the rest of the exchange is MQTT.js's own.
 */
const WRITTEN_FOR = '5.16.0'
const SEAM = '_sendPacket'
const SEAM_PARAMETERS = 4

const PUBACK = 0x40
const PUBREC = 0x50

/** MQTT.js is not built as this file expects; starting all the same could acknowledge money that is not stored. */
export class AcknowledgementSeamError extends Error {
  override readonly name = 'AcknowledgementSeamError'
  readonly code = 'MQTT_SEAM'

  constructor(what: string) {
    super(
      `The installed MQTT.js ${MqttClient.VERSION} ${what}. Durable acknowledgement was written for ${WRITTEN_FOR}: ` +
        `install mqtt@${WRITTEN_FOR}, or adapt and test gateway/host/durable-ack.ts`,
    )
  }
}

/** @throws AcknowledgementSeamError when the installed MQTT.js has moved the seam. */
export function assertAcknowledgementSeam(prototype: object = MqttClient.prototype): void {
  seamOf(prototype)
}

function seamOf(target: object): (...parameters: unknown[]) => void {
  const send: unknown = Reflect.get(target, SEAM)
  if (typeof send !== 'function' || send.length !== SEAM_PARAMETERS) {
    throw new AcknowledgementSeamError(`has no method ${SEAM} with ${SEAM_PARAMETERS} parameters`)
  }
  return (...parameters) => Reflect.apply(send, target, parameters)
}

export interface DurableAckOwner {
  /** Makes one message durable; a rejection means it was not. */
  message(topic: string, payload: Uint8Array, retained: boolean): Promise<void>
  /** The connection must end now: a message was not made durable, or the seam broke. */
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
  /** First byte of the acknowledgement, once it is due. */
  due: number | undefined
  covered: boolean
}

interface AckPacket {
  readonly cmd: string
  readonly messageId?: number
}

export class DurableAck {
  readonly #client: MqttClient
  readonly #stream: Writable
  readonly #owner: DurableAckOwner
  readonly #limits: IntakeLimits
  /** Oldest first; everything before `#next` has been acknowledged. */
  #queue: Intake[] = []
  #next = 0
  #waiting = 0
  #waitingBytes = 0
  #resume: (() => void)[] = []
  #idle: (() => void)[] = []
  #flushPlanned = false
  #closed = false

  constructor(client: MqttClient, stream: Writable, owner: DurableAckOwner, limits: IntakeLimits) {
    this.#client = client
    this.#stream = stream
    this.#owner = owner
    this.#limits = limits
  }

  /**
   * Lays this over the client; before its `connect()`.
   * @throws AcknowledgementSeamError
   */
  install(): void {
    const client = this.#client
    const send = seamOf(client)
    Reflect.set(client, SEAM, (packet: AckPacket, done?: () => void, ...rest: unknown[]) => {
      if (packet.cmd === 'puback') this.#acknowledgementDue(PUBACK, packet, done)
      else if (packet.cmd === 'pubrec') this.#acknowledgementDue(PUBREC, packet, done)
      else send(packet, done, ...rest)
    })
    // MQTT.js waits with the next packet until this is answered; for QoS 1 and 2 the acknowledgement does the waiting.
    client.handleMessage = (packet, done) => (packet.qos === 0 ? this.#whenRoom(done) : done())
    client.on('packetreceive', packet => {
      if (packet.cmd === 'publish') this.#take(packet)
    })
    client.on('packetsend', packet => {
      if (packet.cmd === 'puback' || packet.cmd === 'pubrec') {
        this.#fail(new AcknowledgementSeamError(`sends ${packet.cmd.toUpperCase()} past ${SEAM}`))
      }
    })
  }

  /** Whether reading from the host is stopped until messages have been made durable. */
  get full(): boolean {
    return this.#resume.length > 0
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

  #take(packet: { topic: string; payload: string | Buffer; qos: number; retain: boolean; messageId?: number }): void {
    if (this.#closed) return
    crashPoint('receiving')
    const payload = typeof packet.payload === 'string' ? Buffer.from(packet.payload) : packet.payload
    const intake: Intake = { bytes: payload.length, messageId: packet.messageId ?? 0, due: undefined, covered: false }
    this.#waiting += 1
    this.#waitingBytes += intake.bytes
    if (packet.qos > 0) this.#queue.push(intake)
    this.#store(packet.topic, payload, packet.retain).then(
      () => {
        intake.covered = true
        if (packet.qos > 0) return this.#planFlush()
        this.#discount(intake)
        this.#wake()
      },
      error => {
        if (packet.qos > 0) return this.#fail(error)
        this.#discount(intake)
        this.#owner.lost(error)
        this.#wake()
      },
    )
    crashPoint('received')
  }

  /** Turns an owner that throws at once into a rejection. */
  async #store(topic: string, payload: Uint8Array, retained: boolean): Promise<void> {
    await this.#owner.message(topic, payload, retained)
  }

  #acknowledgementDue(type: number, packet: AckPacket, done: (() => void) | undefined): void {
    // Handling is serial, so the acknowledgement asked for is that of the message taken in last.
    const intake = this.#queue.at(-1)
    if (intake !== undefined && intake.messageId === packet.messageId && intake.due === undefined) {
      intake.due = type
      if (intake.covered) this.#planFlush()
    } else if (!this.#closed) {
      this.#fail(new AcknowledgementSeamError('acknowledges a message that it did not announce by packetreceive'))
    }
    if (done !== undefined) this.#whenRoom(done)
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
      if (intake === undefined || intake.due === undefined || !intake.covered) break
      bytes.push(intake.due, 2, intake.messageId >> 8, intake.messageId & 0xff)
      this.#next += 1
      this.#discount(intake)
    }
    if (this.#next * 2 >= this.#queue.length) {
      this.#queue.splice(0, this.#next)
      this.#next = 0
    }
    if (bytes.length > 0) {
      crashPoint('acknowledging')
      this.#stream.write(Buffer.from(bytes))
      crashPoint('acknowledged')
    }
    this.#wake()
  }

  #discount(intake: Intake): void {
    this.#waiting -= 1
    this.#waitingBytes -= intake.bytes
  }

  #wake(): void {
    if (this.#hasRoom()) for (const resume of this.#resume.splice(0)) resume()
    if (this.#waiting === 0) for (const resolve of this.#idle.splice(0)) resolve()
  }

  #hasRoom(): boolean {
    return this.#waiting < this.#limits.messages && this.#waitingBytes < this.#limits.bytes
  }

  #whenRoom(resume: () => void): void {
    if (this.#hasRoom()) resume()
    else this.#resume.push(resume)
  }

  #fail(error: unknown): void {
    if (this.#closed) return
    this.close()
    this.#owner.fail(error)
  }
}
