import type { Command } from 'commander'
import { type Column, table } from './table.ts'
import { harmless, harmlessJson } from './text.ts'

/** What may stand before or after every command. */
export interface GlobalOptions {
  readonly config?: string
  readonly json?: boolean
  readonly quiet?: boolean
}

/** The global options a command was started with, wherever they stood. */
export function globalsOf(command: Command): GlobalOptions {
  return command.optsWithGlobals()
}

/** What a command says: its answer on stdout (with --json exactly one JSON value), everything else on stderr. */
export class Output {
  readonly #json: boolean
  readonly #quiet: boolean

  constructor({ json, quiet }: GlobalOptions) {
    this.#json = json ?? false
    this.#quiet = quiet ?? false
  }

  /** What the person asked to see. `text` is not made where JSON is wanted. */
  answer(value: unknown, text: () => string): void {
    process.stdout.write(`${this.#json ? harmlessJson(value) : text()}\n`)
  }

  /** That something was done; --quiet needs no words for it. */
  done(value: unknown, sentence: string): void {
    if (this.#json || !this.#quiet) this.answer(value, () => harmless(sentence))
  }

  /** A list, newest first; `none` is said where it is empty. `value` is what JSON has, where that is more than the rows. */
  list<Row>(rows: readonly Row[], columns: readonly Column<Row>[], none: string, value: unknown = rows): void {
    if (!this.#json && rows.length === 0) this.note(none)
    else this.answer(value, () => table(columns, rows, this.width))
  }

  /** Something on the way to the answer, only for a person who reads along. */
  show(text: () => string): void {
    if (!this.#json) process.stdout.write(`${text()}\n`)
  }

  /** A remark that is no part of the answer. */
  note(sentence: string): void {
    if (!this.#quiet) process.stderr.write(`${harmless(sentence)}\n`)
  }

  /** Columns of the terminal; without limit where the output goes into a file or another program. */
  get width(): number {
    return process.stdout.isTTY ? process.stdout.columns || 80 : Number.POSITIVE_INFINITY
  }
}
