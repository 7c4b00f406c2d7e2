import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { type BoxOwner, openBridgedBox, openNativeBox } from './boxes.ts'
import { numberOf, terminalCode, topicOf } from './payments.ts'
import { deviceId } from './shop.ts'
import type { Wire } from './wire.ts'

/** A hundred boxes in a process of their own, and the bench's end of it. */

type Question =
  | { readonly open: { readonly port: number; readonly boxes: number; readonly on: 'gateway' | 'bridge' } }
  /** Forgets what was heard; the answer to the next `done` comes when this many payments were heard and answered. */
  | { readonly expect: number }
  | { readonly done: true }

interface Answer {
  /** How many ids were said more than once. */
  readonly again: number
  /** Monotonic nanoseconds, as text, at which each payment of the burst was heard. */
  readonly times: readonly (readonly [payment: number, at: string])[]
}

export class Fleet implements AsyncDisposable {
  readonly #child: ChildProcess

  private constructor(child: ChildProcess) {
    this.#child = child
  }

  /** Starts the process and connects the boxes. */
  static async open(port: number, boxes: number, on: 'gateway' | 'bridge'): Promise<Fleet> {
    const fleet = new Fleet(fork(join(import.meta.dirname, 'main.ts'), ['boxes'], { execArgv: [] }))
    await fleet.#ask({ open: { port, boxes, on } })
    return fleet
  }

  /** The next burst has this many payments for the boxes. */
  async expect(payments: number): Promise<void> {
    await this.#ask({ expect: payments })
  }

  /** Resolves when all of them have been heard and every answer is acknowledged. */
  done(): Promise<Answer> {
    return this.#ask({ done: true })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const exited = once(this.#child, 'exit')
    this.#child.disconnect()
    await exited
  }

  async #ask(question: Question): Promise<Answer> {
    const answer = Promise.withResolvers<Answer>()
    this.#child.once('message', said => answer.resolve(answerOf(said)))
    this.#child.send(question)
    return answer.promise
  }
}

/** The child's side. */
export function runBoxes(): void {
  const tally = new Tally()
  process.once('disconnect', () => process.exit())
  process.on('message', said => {
    const question = questionOf(said)
    if ('expect' in question) tally.begin(question.expect)
    const ready = 'open' in question ? connect(question.open, tally) : 'done' in question ? tally.complete : undefined
    Promise.resolve(ready).then(
      () => process.send?.(tally.answer('done' in question)),
      () => process.exit(1),
    )
  })
}

async function connect({ port, boxes, on }: { port: number; boxes: number; on: string }, tally: Tally): Promise<void> {
  const open = (index: number): Promise<Wire> => {
    const id = deviceId(index)
    return on === 'gateway'
      ? openNativeBox(port, id, tally)
      : openBridgedBox(port, id, topicOf(terminalCode(index)), tally)
  }
  await Promise.all(Array.from({ length: boxes }, (_, index) => open(index)))
}

class Tally implements BoxOwner {
  #expected = 0
  #again = 0
  #unacknowledged = 0
  #heard = new Map<number, bigint>()
  #complete = Promise.withResolvers<void>()

  get complete(): Promise<void> {
    return this.#complete.promise
  }

  begin(expected: number): void {
    this.#expected = expected
    this.#again = 0
    this.#heard = new Map()
    this.#complete = Promise.withResolvers()
  }

  answer(withTimes: boolean): Answer {
    const times = withTimes ? [...this.#heard].map(([payment, at]) => [payment, String(at)] as const) : []
    return { again: this.#again, times }
  }

  heard(amount: number): void {
    const payment = numberOf(amount)
    if (this.#heard.has(payment)) this.#again += 1
    else this.#heard.set(payment, process.hrtime.bigint())
  }

  heardAgain(): void {
    this.#again += 1
  }

  answering(): void {
    this.#unacknowledged += 1
  }

  answered(): void {
    this.#unacknowledged -= 1
    if (this.#unacknowledged === 0 && this.#heard.size === this.#expected) this.#complete.resolve()
  }
}

// Both ends are this file: what arrives is what the other end has sent.
function questionOf(said: unknown): Question {
  return said as Question
}

function answerOf(said: unknown): Answer {
  return said as Answer
}
