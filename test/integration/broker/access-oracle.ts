/**
 * Who may do what on the local broker, written down a second time from the words the contract has for it, so that the broker
 * can be judged by something that shares no line with it:
 *
 * - the device id is the user name; the client id is the device id, or the device id, a dot and anything;
 * - a device may publish only under its own `up/` and subscribe only under its own `down/`; all else is denied;
 * - its will belongs on its own `up/status`.
 *
 * Where a text is no topic or filter at all by MQTT 3.1.1 (section 4.7), it is `malformed`. Where the words leave it open
 * whether the bare `…/up/` lies "under up/", it is `open`.
 */
export type Verdict = 'allowed' | 'denied' | 'malformed' | 'open'

export function clientIdVerdict(deviceId: string, clientId: string): Verdict {
  const [first, ...rest] = clientId.split('.')
  return first === deviceId && (rest.length > 0 || clientId.length === deviceId.length) ? 'allowed' : 'denied'
}

export function publishVerdict(deviceId: string, topic: string): Verdict {
  if (topic === '' || [...topic].some(letter => letter === '+' || letter === '#' || letter === '\u0000')) {
    return 'malformed'
  }
  return beneath(deviceId, 'up', topic)
}

export function willVerdict(deviceId: string, topic: string): Verdict {
  const verdict = publishVerdict(deviceId, topic)
  if (verdict === 'malformed') return verdict
  return topic === ['gw', 'v1', deviceId, 'up', 'status'].join('/') ? 'allowed' : 'denied'
}

export function subscribeVerdict(deviceId: string, filter: string): Verdict {
  const levels = filter.split('/')
  const malformed = levels.some((level, at) => {
    if (level === '#') return at < levels.length - 1
    return level.length > 1 && (level.includes('#') || level.includes('+'))
  })
  if (filter === '' || malformed || filter.includes('\u0000')) return 'malformed'
  return beneath(deviceId, 'down', filter)
}

/** Whether a message on this topic goes to a subscription to this filter. */
export function matches(filter: string, topic: string): boolean {
  const pattern = filter
    .split('/')
    .map(level =>
      level === '+'
        ? '[^/]*'
        : level === '#'
          ? '.*'
          : level.replaceAll(/[^a-z0-9]/giu, letter => `\\u{${letter.codePointAt(0)?.toString(16)}}`),
    )
    .join('/')
  // "a/#" takes "a" as well, and no wildcard at the front takes what begins with "$".
  const parent = pattern.endsWith('/.*') ? `^${pattern.slice(0, -3)}(/.*)?$` : `^${pattern}$`
  if (topic.startsWith('$') && /^[+#]/.test(filter)) return false
  return new RegExp(parent, 'su').test(topic)
}

function beneath(deviceId: string, side: 'up' | 'down', text: string): Verdict {
  const [root, version, device, direction, ...rest] = text.split('/')
  if (root !== 'gw' || version !== 'v1' || device !== deviceId || direction !== side || rest.length === 0)
    return 'denied'
  return rest.length === 1 && rest[0] === '' ? 'open' : 'allowed'
}
