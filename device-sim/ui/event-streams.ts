import type { ServerResponse } from 'node:http'
import { ControlError } from '../host/control/errors.ts'
import type { ShopLog, ShopLogEvents } from './shop-log.ts'

/** A browser opens six connections to one server at most; this is several windows of several browsers. */
const MOST_STREAMS = 32
/** Bytes that wait for a page which does not read; then it is let go, and comes back by itself. */
const MOST_WAITING = 1_048_576
/** So that both ends notice when the other is gone. */
const COMMENT_EVERY_MS = 15_000

/** The pages that are open, each told how everything stands and then everything that happens. */
export class EventStreams {
  readonly #log: ShopLog
  readonly #open = new Set<ServerResponse>()
  #comments: NodeJS.Timeout | undefined

  constructor(log: ShopLog) {
    this.#log = log
  }

  start(): void {
    this.#comments = setInterval(() => this.#toAll(':\n\n'), COMMENT_EVERY_MS).unref()
    const { events } = this.#log
    events.on('effect', effect => this.#toAll(event('effect', effect)))
    events.on('link', link => this.#toAll(event('link', link)))
    events.on('codes', codes => this.#toAll(event('codes', codes)))
  }

  stop(): void {
    clearInterval(this.#comments)
    this.#log.events.removeAllListeners()
    for (const stream of this.#open) stream.end()
  }

  /** Answers with a stream. @throws ControlError when too many are open */
  open(response: ServerResponse): void {
    if (this.#open.size >= MOST_STREAMS) {
      throw new ControlError(503, 'TOO_MANY_PAGES', `${MOST_STREAMS} pages are open; close one`)
    }
    response.writeHead(200, { 'Content-Type': 'text/event-stream; charset=utf-8' })
    response.write(event('shop', this.#log.state))
    this.#open.add(response)
    response.on('close', () => this.#open.delete(response))
  }

  #toAll(text: string): void {
    for (const stream of this.#open) {
      if (stream.writableLength > MOST_WAITING) stream.destroy()
      else stream.write(text)
    }
  }
}

/** JSON has no line breaks, so that nothing in a text can end the event. */
function event(name: keyof ShopLogEvents | 'shop', value: unknown): string {
  return `event: ${name}\ndata: ${JSON.stringify(value)}\n\n`
}
