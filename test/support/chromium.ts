import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, constants } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { Readable, Writable } from 'node:stream'
import { z } from 'zod'

/** The reason tests give when they are skipped. */
export const NEEDS_CHROMIUM = 'needs Chromium: apt-get install chromium'

const NAMES = ['chromium', 'google-chrome']

/** Where a Chromium is on this machine; null when there is none. */
export function findChromium(): string | null {
  const folders = (process.env.PATH ?? '').split(delimiter)
  return NAMES.flatMap(name => folders.map(folder => join(folder, name))).find(isProgram) ?? null
}

const answerShape = z.looseObject({
  id: z.number().optional(),
  sessionId: z.string().optional(),
  method: z.string().optional(),
  params: z.unknown().optional(),
  result: z.unknown().optional(),
  error: z.looseObject({ message: z.string() }).optional(),
})

interface Waiting {
  readonly resolve: (result: unknown) => void
  readonly reject: (error: Error) => void
}

/** A browser without a window, spoken to over a pipe in its DevTools protocol; its profile is gone afterwards. */
export class Chromium implements AsyncDisposable {
  readonly #process: ChildProcess
  readonly #commands: Writable
  readonly #profile: string
  readonly #waiting = new Map<number, Waiting>()
  readonly #heard = new Set<(session: string, method: string, params: unknown) => void>()
  #last = 0
  #text = ''

  private constructor(child: ChildProcess, commands: Writable, answers: Readable, profile: string) {
    this.#process = child
    this.#commands = commands
    this.#profile = profile
    answers.setEncoding('utf8').on('data', text => this.#read(String(text)))
    child.on('exit', () => this.#giveUp())
    // A browser that goes is told by its exit.
    commands.on('error', () => {})
  }

  /** @throws Error when there is no Chromium on this machine */
  static async start(): Promise<Chromium> {
    const program = findChromium()
    if (program === null) throw new Error(NEEDS_CHROMIUM)
    const profile = await mkdtemp(join(tmpdir(), 'vietqr-chromium-'))
    const quiet = ['--no-first-run', '--disable-extensions', '--disable-background-networking', '--hide-scrollbars']
    const child = spawn(
      program,
      [
        ...['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', ...quiet],
        ...[`--user-data-dir=${profile}`, '--remote-debugging-pipe', 'about:blank'],
      ],
      { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] },
    )
    const [, , , commands, answers] = child.stdio
    if (!(commands instanceof Writable) || !(answers instanceof Readable)) throw new Error('Chromium has no pipe')
    return new Chromium(child, commands, answers, profile)
  }

  /** Sends a command of the protocol and resolves with its result. @throws Error with the browser's words */
  send(method: string, params: object = {}, sessionId?: string): Promise<unknown> {
    this.#last += 1
    const id = this.#last
    const { promise, resolve, reject } = Promise.withResolvers<unknown>()
    this.#waiting.set(id, { resolve, reject })
    this.#commands.write(`${JSON.stringify({ id, method, params, sessionId })}\0`)
    return promise
  }

  /** Calls `heard` with every event of one page. */
  listen(sessionId: string, heard: (method: string, params: unknown) => void): void {
    this.#heard.add((session, method, params) => {
      if (session === sessionId) heard(method, params)
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      const exited = once(this.#process, 'exit')
      // Asked, it also ends its own helpers; they would write to the profile while it is removed.
      this.send('Browser.close').catch(() => {})
      const late = setTimeout(() => this.#process.kill('SIGKILL'), 5_000)
      await exited
      clearTimeout(late)
    }
    await rm(this.#profile, { recursive: true, force: true, maxRetries: 5 })
  }

  #read(text: string): void {
    const messages = (this.#text + text).split('\0')
    this.#text = messages.pop() ?? ''
    for (const message of messages) this.#take(message)
  }

  #take(message: string): void {
    const { id, sessionId = '', method, params, result, error } = answerShape.parse(JSON.parse(message))
    if (id === undefined) {
      for (const heard of this.#heard) heard(sessionId, method ?? '', params)
      return
    }
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    if (error === undefined) waiting?.resolve(result)
    else waiting?.reject(new Error(error.message))
  }

  #giveUp(): void {
    for (const { reject } of this.#waiting.values()) reject(new Error('Chromium has ended'))
    this.#waiting.clear()
  }
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
