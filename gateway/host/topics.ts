/** A topic that MQTT does not allow. Sent to a broker, it would cost the whole connection. */
export class TopicError extends Error {
  override readonly name = 'TopicError'
  readonly code = 'HOST_TOPIC'
}

const LONGEST_BYTES = 65_535

/** @throws TopicError unless `topic` may be published to [MQTT-3.3.2-2]. */
export function assertTopicName(topic: string): void {
  assertLength(topic)
  if (/[+#]/.test(topic)) {
    throw new TopicError(`"${topic}" cannot be published to: a topic name holds neither + nor #`)
  }
}

/** @throws TopicError unless `filter` may be subscribed to [MQTT-4.7.1-2] [MQTT-4.7.1-3]. */
export function assertTopicFilter(filter: string): void {
  assertLength(filter)
  const levels = filter.split('/')
  levels.forEach((level, index) => {
    const whole = level === '+' || (level === '#' && index === levels.length - 1)
    if (/[+#]/.test(level) && !whole) {
      throw new TopicError(`"${filter}" cannot be subscribed to: + and # stand alone in a level, # only in the last`)
    }
  })
}

function assertLength(topic: string): void {
  const bytes = Buffer.byteLength(topic)
  if (bytes === 0 || bytes > LONGEST_BYTES || topic.includes('\0')) {
    throw new TopicError('A topic has 1 to 65,535 bytes and no null character')
  }
}
