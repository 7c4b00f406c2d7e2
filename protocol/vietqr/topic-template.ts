import { shown } from '../shown.ts'
import { FORBIDDEN, TopicError } from './topic-level.ts'

const MOST = 200

/** A topic with at most one place to fill. */
export class TopicTemplate {
  readonly #before: string
  /** null when there is no place to fill. */
  readonly #after: string | null

  private constructor(before: string, after: string | null) {
    this.#before = before
    this.#after = after
  }

  /**
   * @param name how the configuration calls the template, for the sentence
   * @param placeholder what it must contain exactly once, `terminalCode` for `{terminalCode}`; null if nothing
   * @throws TopicError
   */
  static compile(name: string, text: string, placeholder: string | null): TopicTemplate {
    const fail = (why: string) => new TopicError(`the topic template ${name} ${shown(text)} ${why}`)
    if (text === '') throw fail('is empty')
    if (text.length > MOST) throw fail(`is longer than ${MOST} characters`)
    if (FORBIDDEN.test(text)) throw fail('must have no wildcard (+ or #), white space or invisible character')
    if (text.startsWith('$')) throw fail('must not begin with $, which MQTT keeps for brokers')
    const [before = '', after = null, ...more] = placeholder === null ? [text] : text.split(`{${placeholder}}`)
    if (placeholder !== null && (after === null || more.length > 0)) {
      throw fail(`must contain {${placeholder}} exactly once`)
    }
    if (/[{}]/.test(before + (after ?? ''))) throw fail('must have no other place to fill and no other braces')
    return new TopicTemplate(before, after)
  }

  /** Equal for two templates that match the same topics. */
  get shape(): string {
    return this.#after === null ? this.#before : `${this.#before}{}${this.#after}`
  }

  /** The topic with `part` in its place. Whether `part` may stand there is for the caller to check. */
  fill(part = ''): string {
    return this.#after === null ? this.#before : this.#before + part + this.#after
  }

  /** What stands in the place to fill, empty if there is no such place; null if the topic is another one. */
  match(topic: string): string | null {
    if (this.#after === null) return topic === this.#before ? '' : null
    const end = topic.length - this.#after.length
    if (end <= this.#before.length || !topic.startsWith(this.#before) || !topic.endsWith(this.#after)) return null
    return topic.slice(this.#before.length, end)
  }
}
