import { HostDownError, type HostLink } from '../../gateway/host/host-link.ts'

interface Published {
  readonly topic: string
  readonly payload: Record<string, unknown>
}

/** A host link that remembers what was asked of the host; up or down as the test says. */
export class FakeLink implements HostLink {
  up = true
  since = 0
  reason = ''
  refusedTopics: readonly string[] = []
  readonly published: Published[] = []
  /** What happens at each publish, after it was noted: the host's answer. */
  answer: (published: Published) => void = () => {}

  async start(): Promise<void> {}
  async stop(): Promise<void> {}
  async setSubscriptions(): Promise<void> {}

  /** Topics from which something retained was taken away. */
  readonly cleared: string[] = []

  async clearRetained(topic: string): Promise<void> {
    if (!this.up) throw new HostDownError('the link is down')
    this.cleared.push(topic)
  }

  async publish(topic: string, payload: string): Promise<void> {
    if (!this.up) throw new HostDownError('the link is down')
    const published = { topic, payload: JSON.parse(payload) }
    this.published.push(published)
    this.answer(published)
  }
}
