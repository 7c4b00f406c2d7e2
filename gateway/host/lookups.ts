import { GatewayError } from '../../protocol/errors.ts'
import { lookupCheckSum } from '../../protocol/vietqr/checksums.ts'
import { type LookupRow, readLookupReply, writeLookupRequest } from '../../protocol/vietqr/lookup.ts'
import type { HostTopics } from '../../protocol/vietqr/topics.ts'
import type { Clock } from '../clock.ts'
import type { RawMessage } from '../ledger/ledger.ts'
import type { Terminal } from '../ledger/model.ts'
import { HostDownError, type HostLink } from './host-link.ts'
import { Turns, type Urgency } from './turns.ts'

/** What the host said when it was asked about one transaction. */
export interface LookupAnswer {
  /** Only rows that carry the asked value. */
  readonly rows: readonly LookupRow[]
  /** The host's error code (`E39`), or null. */
  readonly code: string | null
  readonly raw: RawMessage
}

export interface Question {
  readonly by: 'orderId' | 'referenceNumber'
  readonly value: string
}

interface Asking extends Question {
  readonly suffix: string | undefined
  settle(answer: LookupAnswer): void
}

/** The code VietQR gives for a checksum made with another holder name than the one it has stored. */
const WRONG_CHECKSUM = 'E39'

/**
 * Questions to the host about single transactions.
 *
 * The protocol has no correlation id, and an empty or failed reply names nothing: so one question is under way per terminal,
 * and what comes on the terminal's reply topic belongs to it. Rows about something else are leftovers of an earlier question
 * and are dropped. All terminals together ask at most `perSecond` times a second: VietQR handles one message at a time.
 */
export class Lookups {
  readonly #link: HostLink
  readonly #topics: HostTopics
  readonly #clock: Clock
  readonly #options: LookupOptions
  readonly #queues = new Map<string, Promise<unknown>>()
  readonly #asking = new Map<string, Asking>()
  readonly #turns: Turns
  #count = 0

  constructor(link: HostLink, topics: HostTopics, clock: Clock, options: LookupOptions) {
    this.#link = link
    this.#topics = topics
    this.#clock = clock
    this.#options = options
    this.#turns = new Turns(clock, options.perSecond)
  }

  /** The reply topics to listen on. */
  topicsOf(terminalCode: string): readonly string[] {
    const own = this.#topics.lookupResponse(terminalCode)
    return this.#options.suffix === 'unique' ? [own, `${own}/+`] : [own]
  }

  /**
   * Asks the host, on the terminal's account.
   * @throws GatewayError HOST_DOWN while there is no link, HOST_SILENT when no answer came in time
   */
  ask(terminal: Terminal, question: Question, urgency: Urgency = 'now'): Promise<LookupAnswer> {
    const before = this.#queues.get(terminal.terminalCode) ?? Promise.resolve()
    const asked = before.then(() => this.#askWithNames(terminal, question, urgency))
    const done = asked.catch(() => {})
    this.#queues.set(terminal.terminalCode, done)
    void done.then(() => {
      if (this.#queues.get(terminal.terminalCode) === done) this.#queues.delete(terminal.terminalCode)
    })
    return asked
  }

  /**
   * A message on a reply topic of a terminal. Returns what is wrong with it when it answers no question; the caller keeps it.
   * @throws MessageError when it cannot be read
   */
  answer(terminalCode: string, suffix: string | null, raw: RawMessage): string | null {
    const reply = readLookupReply(raw.payload)
    const asking = this.#asking.get(terminalCode)
    if (asking === undefined || (asking.suffix ?? null) !== suffix) return 'no lookup of this terminal is waiting'
    if (reply.kind === 'failed') {
      asking.settle({ rows: [], code: reply.code, raw })
      return null
    }
    if (reply.kind === 'acknowledged') return 'an acknowledgement without rows answers nothing'
    const rows = reply.rows.filter(row => row[asking.by] === asking.value)
    asking.settle({ rows, code: null, raw })
    return reply.broken.length === 0 ? null : `rows that cannot be read: ${reply.broken.join('; ')}`
  }

  async #askWithNames(terminal: Terminal, question: Question, urgency: Urgency): Promise<LookupAnswer> {
    const answer = await this.#askOnce(terminal, question, terminal.holder, urgency)
    const { hostHolder } = terminal
    // VietQR compares with the name it has stored; its QR answers show that name, in upper case.
    if (answer.code !== WRONG_CHECKSUM || hostHolder === null || hostHolder === terminal.holder) return answer
    return this.#askOnce(terminal, question, hostHolder, urgency)
  }

  async #askOnce(terminal: Terminal, question: Question, holder: string, urgency: Urgency): Promise<LookupAnswer> {
    if (!this.#link.up) throw new GatewayError('HOST_DOWN')
    await this.#turns.take(urgency)
    const suffix = this.#options.suffix === 'unique' ? this.#nextSuffix() : undefined
    const { promise, resolve, reject } = Promise.withResolvers<LookupAnswer>()
    const { terminalCode, bankAccount } = terminal
    this.#asking.set(terminalCode, { ...question, suffix, settle: resolve })
    const cancel = this.#clock.after(this.#options.timeoutMs, () => reject(new GatewayError('HOST_SILENT')))
    try {
      const request = { bankAccount, ...question, checkSum: lookupCheckSum(bankAccount, holder) }
      await Promise.race([this.#publish(terminalCode, suffix, writeLookupRequest(request)), promise])
      return await promise
    } finally {
      cancel()
      this.#asking.delete(terminalCode)
    }
  }

  async #publish(terminalCode: string, suffix: string | undefined, payload: string): Promise<void> {
    try {
      await this.#link.publish(this.#topics.lookupRequest(terminalCode, suffix), payload)
    } catch (error) {
      if (error instanceof HostDownError) throw new GatewayError('HOST_DOWN', undefined, { cause: error })
      throw error
    }
  }

  #nextSuffix(): string {
    this.#count += 1
    return `${this.#clock.now().toString(36)}${this.#count.toString(36)}`
  }
}

export interface LookupOptions {
  readonly perSecond: number
  readonly timeoutMs: number
  readonly suffix: 'terminal' | 'unique'
}
