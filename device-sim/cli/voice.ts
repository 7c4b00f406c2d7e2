import { spawn } from 'node:child_process'
import { parse } from 'node:path'
import { EXIT, SimFailure } from './failure.ts'

const PROGRAM = 'espeak-ng'

/** Real sound: every announcement as a WAV file, by espeak-ng, one after another. */
export class Voice {
  readonly #file: string
  #count = 0
  #turn: Promise<void> = Promise.resolve()

  private constructor(file: string) {
    this.#file = file
  }

  /**
   * @param file of the first announcement; the next ones have -2, -3, … before the ending
   * @throws SimFailure when espeak-ng is not installed
   */
  static async open(file: string): Promise<Voice> {
    try {
      await run(['--version'], '')
    } catch (error) {
      const absent = error instanceof Error && 'code' in error && error.code === 'ENOENT'
      const what = absent ? `there is no ${PROGRAM} on this machine` : `${PROGRAM} does not work`
      throw new SimFailure(EXIT.failed, `--audio: ${what}; install it (apt install ${PROGRAM}) or leave --audio out`, {
        cause: error,
      })
    }
    return new Voice(file)
  }

  /** Resolves with the file it was written to. @throws Error when espeak-ng fails */
  async speak(text: string, language: string): Promise<string> {
    this.#count += 1
    const { dir, name, ext } = parse(this.#file)
    const file = this.#count === 1 ? this.#file : `${dir === '' ? '' : `${dir}/`}${name}-${this.#count}${ext}`
    // On its standard input: what is to be said may look like an option.
    const spoken = this.#turn.then(() => run(['-v', language === 'en' ? 'en' : 'vi', '-w', file, '--stdin'], text))
    this.#turn = spoken.catch(() => {})
    await spoken
    return file
  }

  /** Resolves when all that was begun is written. */
  async idle(): Promise<void> {
    await this.#turn
  }
}

function run(args: readonly string[], input: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const child = spawn(PROGRAM, [...args], { stdio: ['pipe', 'ignore', 'pipe'] })
  let words = ''
  child.stderr.setEncoding('utf8').on('data', text => {
    words = `${words}${text}`.slice(0, 500)
  })
  child.on('error', reject)
  child.on('close', code =>
    code === 0 ? resolve() : reject(new Error(`${PROGRAM} failed: ${words.trim() || `exit ${code}`}`)),
  )
  // Who does not read its input has said why on its stderr.
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  return promise
}
