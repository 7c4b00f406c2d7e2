import { readLength } from './packet-length.ts'

/** One PUBLISH, read. */
export interface Publish {
  readonly topic: string
  readonly payload: Buffer
  readonly qos: number
  readonly retained: boolean
  /** 0 with QoS 0. */
  readonly messageId: number
}

const PUBLISH = 0x30

/** Whether a packet with this first byte is a PUBLISH. */
export function isPublish(firstByte: number): boolean {
  return (firstByte & 0xf0) === PUBLISH
}

/** What the first byte of a PUBLISH says [MQTT 3.1.1, 3.3.1]. */
export function qosOf(firstByte: number): number {
  return (firstByte >> 1) & 3
}

const RETAIN = 1
const AT_LEAST_ONCE_OR_MORE = 1
const NO_QOS = 3

/**
 * Reads a PUBLISH from its first byte and everything behind its fixed header; null when it is none: the sender does not keep to
 * MQTT. With version 5 its properties are passed over; a topic alias among them needs none, because none is allowed to the host.
 */
export function readPublish(firstByte: number, body: Buffer, version: 4 | 5): Publish | null {
  const qos = qosOf(firstByte)
  if (qos === NO_QOS || body.length < 2) return null
  const topicEnd = 2 + body.readUInt16BE(0)
  let at = topicEnd
  let messageId = 0
  if (qos >= AT_LEAST_ONCE_OR_MORE) {
    if (body.length < at + 2) return null
    messageId = body.readUInt16BE(at)
    if (messageId === 0) return null
    at += 2
  }
  if (version === 5) at = afterProperties(body, at)
  if (topicEnd === 2 || at > body.length) return null
  const topic = body.toString('utf8', 2, topicEnd)
  return { topic, payload: body.subarray(at), qos, retained: (firstByte & RETAIN) !== 0, messageId }
}

/** Where the payload begins [MQTT 5, 2.2.2]; beyond the end of a packet that does not hold its properties. */
function afterProperties(body: Buffer, from: number): number {
  const properties = readLength(body, from)
  return typeof properties === 'string' ? Number.POSITIVE_INFINITY : properties.end + properties.length
}
