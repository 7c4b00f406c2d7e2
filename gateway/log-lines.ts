import { type DestinationStream, destination, symbols } from 'pino'

/** pino's number of the level `warn`. */
const WARN = 40
/** Characters; a write larger than what a pipe takes at once gains nothing. */
const MOST = 32_768

/**
 * The lines of the log on their way to stderr: those that one callback logs below `warn` leave in one write when it is over, before
 * any other callback runs. A commit confirms hundreds of payments in one callback, and a write costs more than its line.
 *
 * Every `warn` and what is worse leaves at once, with all before it, and so does everything when the process exits, also by an
 * error nobody caught. What a `kill -9` in the middle of a callback can take are the lines of that callback.
 */
export class LogLines implements DestinationStream {
  /** Asks pino for `lastLevel`. */
  readonly [symbols.needsMetadataGsym] = true
  lastLevel = 0
  readonly #write: (lines: string) => void
  #lines = ''

  constructor(write: (lines: string) => void) {
    this.#write = write
  }

  static onStderr(): LogLines {
    const stderr = destination({ dest: 2, sync: true })
    const lines = new LogLines(text => stderr.write(text))
    process.on('exit', () => lines.flush())
    return lines
  }

  write(line: string): void {
    if (this.#lines === '') process.nextTick(() => this.flush())
    this.#lines += line
    if (this.lastLevel >= WARN || this.#lines.length >= MOST) this.flush()
  }

  flush(): void {
    const lines = this.#lines
    if (lines === '') return
    this.#lines = ''
    this.#write(lines)
  }
}
