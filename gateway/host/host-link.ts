/**
 * The link to VietQR's host: one session to its broker, as the rest of the gateway sees it.
 *
 * The link is **up** when it is connected and every subscription asked for was answered by the broker; only then may
 * anything be published (the answer's topic must be listened to before the question is asked). A topic the broker
 * refused stays listed in `refusedTopics` and does not hold the others back.
 */
export interface HostLink {
  start(): Promise<void>
  stop(): Promise<void>

  readonly up: boolean
  /** Epoch milliseconds of the last change between up and down. */
  readonly since: number
  /** Why the link is down, in words for an operator; empty while it is up. */
  readonly reason: string
  readonly refusedTopics: readonly string[]

  /**
   * Publishes at QoS 1, never retained, never queued in memory. Resolves when the broker has acknowledged it; rejects with
   * HostDownError when the link is not up or is lost before the acknowledgement (then it may or may not have arrived).
   */
  publish(topic: string, payload: string): Promise<void>

  /** Takes away what somebody left retained on this topic. @throws HostDownError as `publish` does */
  clearRetained(topic: string): Promise<void>

  /** The whole list of topics to be subscribed from now on; resolves when the broker has answered for all new ones, or at once while down. */
  setSubscriptions(topics: readonly string[]): Promise<void>
}

/** What the link tells the rest of the gateway. */
export interface HostLinkOwner {
  /**
   * One message from the host. The host is sent the acknowledgement only after this has resolved; a rejection ends the
   * connection unacknowledged, so that the host sends it again. `cutFrom` is null, or the bytes of a packet that was too large:
   * then `payload` is only its beginning.
   */
  message(topic: string, payload: Uint8Array, retained: boolean, cutFrom: number | null): Promise<void>
  linkUp(): void
  linkDown(reason: string): void
}

export class HostDownError extends Error {
  override readonly name = 'HostDownError'
  readonly code = 'HOST_DOWN'
}
