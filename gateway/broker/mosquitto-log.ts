/**
 * What Mosquitto says of its clients on `$SYS/broker/log/…` (`connection_messages`, `log_type subscribe` in `mosquitto.conf`).
 * Mosquitto publishes the lines of its log as they are (public Mosquitto 2.0 source); there is nothing better to ask it for.
 *
 * Only lines of a form that no stranger can bring about are believed: the id of a client is text of its own choice, but with
 * `use_username_as_clientid` it is the user name, and a line with an address or a session can only come from a login that was right.
 */
export type LogLine =
  | { readonly what: 'connected'; readonly clientId: string; readonly address: string; readonly clean: boolean }
  /** `address` is told by newer versions only. */
  | { readonly what: 'gone'; readonly clientId: string; readonly address: string | null }
  | { readonly what: 'subscribed'; readonly clientId: string; readonly filter: string }
  | { readonly what: 'unsubscribed'; readonly clientId: string; readonly filter: string }

const LOG = '$SYS/broker/log/'
/** Subscriptions first: the line about the next one proves that Mosquitto tells them. */
export const LOG_TOPICS = [`${LOG}M/subscribe`, `${LOG}M/unsubscribe`, `${LOG}N`, `${LOG}E`] as const

const ID = '([a-z0-9-]{1,32})'
const ADDRESS = '(?: \\[([^\\]\\s]+)\\])?'
const CONNECTED = new RegExp(
  `^New client connected from (\\S+) as ${ID} \\(p\\d, c([01]), k\\d+, u'([a-z0-9-]{1,32})'\\)\\.$`,
)
const GONE = [
  // "not authorised" is said of strangers too; "taken over" is followed by the link that took over.
  new RegExp(`^Client ${ID}${ADDRESS} disconnected(?:\\.|: (?!not authori|session taken).*| due to .*)$`),
  new RegExp(`^Client ${ID}${ADDRESS} closed its connection\\.$`),
  new RegExp(`^Client ${ID}${ADDRESS} has exceeded timeout, disconnecting\\.$`),
  new RegExp(`^(?:Bad socket read/write on|Socket error on) client ${ID}${ADDRESS}[:,] .*$`),
]
const SUBSCRIBED = new RegExp(`^${ID} [012] (.+)$`)
const UNSUBSCRIBED = new RegExp(`^${ID} (.+)$`)

/** What the line says of a client; null where it says nothing, or nothing that can be believed. */
export function readLogLine(topic: string, text: string): LogLine | null {
  const line = text.replace(/^\d+: /, '')
  if (topic === `${LOG}M/subscribe`) {
    const [, clientId, filter] = SUBSCRIBED.exec(line) ?? []
    return clientId === undefined || filter === undefined ? null : { what: 'subscribed', clientId, filter }
  }
  if (topic === `${LOG}M/unsubscribe`) {
    const [, clientId, filter] = UNSUBSCRIBED.exec(line) ?? []
    return clientId === undefined || filter === undefined ? null : { what: 'unsubscribed', clientId, filter }
  }
  const [, address, connected, clean, username] = CONNECTED.exec(line) ?? []
  if (address !== undefined && connected !== undefined) {
    // Of somebody who is not the device of that id nothing is known.
    return username === connected ? { what: 'connected', clientId: connected, address, clean: clean === '1' } : null
  }
  for (const form of GONE) {
    const [, clientId, from] = form.exec(line) ?? []
    if (clientId !== undefined) return { what: 'gone', clientId, address: from ?? null }
  }
  return null
}
