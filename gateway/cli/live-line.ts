import { harmless } from './text.ts'

const CLEAR = '\r\u001B[2K'

/**
 * One line on stderr that says what a command is waiting for, with the seconds it has waited. Where nobody watches a terminal,
 * each new sentence is a line of its own and no seconds are counted.
 */
export class LiveLine {
  readonly #quiet: boolean
  readonly #isLive = process.stderr.isTTY
  readonly #began = performance.now()
  #sentence = ''
  #timer: NodeJS.Timeout | undefined

  constructor(quiet: boolean) {
    this.#quiet = quiet
  }

  say(sentence: string): void {
    if (this.#quiet) return
    this.#sentence = harmless(sentence)
    if (!this.#isLive) {
      process.stderr.write(`${this.#sentence}\n`)
      return
    }
    this.#draw()
    this.#timer ??= setInterval(() => this.#draw(), 1000)
  }

  /** Leaves the line empty; has to be called before anything else is printed. */
  end(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
    if (this.#isLive && this.#sentence !== '') process.stderr.write(CLEAR)
    this.#sentence = ''
  }

  #draw(): void {
    const seconds = Math.floor((performance.now() - this.#began) / 1000)
    process.stderr.write(`${CLEAR}${this.#sentence} (${seconds} s)`)
  }
}
