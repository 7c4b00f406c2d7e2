import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Happenings } from '../../support/happenings.ts'

const LAUNCHER = fileURLToPath(new URL('../../../device-sim/bin.mjs', import.meta.url))
/** Many processes load the same files: compiled once, they start in half the time. */
const COMPILED = join(tmpdir(), 'vietqr-gateway-test-compiled')
const DEADLINE_MS = 10_000

interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** `vietqr-sim` as a process of its own. */
export class SimProgram {
  readonly #child
  readonly #happenings = new Happenings()
  #stdout = ''
  #stderr = ''
  #ended: Ended | null = null

  constructor(args: readonly string[], cwd = process.cwd(), env: NodeJS.ProcessEnv = {}) {
    const { INIT_CWD, NODE_OPTIONS, ...rest } = process.env
    const compiled = { NODE_COMPILE_CACHE: COMPILED }
    this.#child = spawn(process.execPath, [LAUNCHER, ...args], { cwd, env: { ...compiled, ...rest, ...env } })
    this.#child.stdout.setEncoding('utf8').on('data', text => {
      this.#stdout += text
      this.#happenings.happened()
    })
    this.#child.stderr.setEncoding('utf8').on('data', text => {
      this.#stderr += text
      this.#happenings.happened()
    })
    this.#child.on('close', code => {
      this.#ended = { code, stdout: this.#stdout, stderr: this.#stderr }
      this.#happenings.happened()
    })
  }

  /** The first JSON line it prints that fits. */
  async prints(
    fits: (line: Record<string, unknown>) => boolean,
    what: string,
    milliseconds = DEADLINE_MS,
  ): Promise<Record<string, unknown>> {
    const found = () => this.lines().find(fits)
    await this.#happenings.until(() => found() !== undefined || this.#ended !== null, what, milliseconds)
    const line = found()
    if (line === undefined) throw new Error(`It ended before ${what}: ${this.#stderr}`)
    return line
  }

  async says(pattern: RegExp): Promise<void> {
    await this.#happenings.until(() => pattern.test(this.#stderr), `stderr says ${pattern}`, DEADLINE_MS)
  }

  lines(): Record<string, unknown>[] {
    const complete = this.#stdout.slice(0, this.#stdout.lastIndexOf('\n') + 1)
    return complete.split('\n').flatMap(line => (line === '' ? [] : [JSON.parse(line)]))
  }

  type(line: string): void {
    this.#child.stdin.write(`${line}\n`)
  }

  stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Ended> {
    this.#child.kill(signal)
    return this.end()
  }

  async end(): Promise<Ended> {
    if (this.#ended === null) await once(this.#child, 'close')
    return this.#ended ?? { code: null, stdout: this.#stdout, stderr: this.#stderr }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#ended === null) await this.stop('SIGKILL')
  }
}

const folders = new Set<string>()
process.on('exit', () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

/** An empty folder, removed when the process of the test file ends. */
export function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'vietqr-sim-test-'))
  folders.add(folder)
  return folder
}

/** A file with a password in it. */
export function passwordFile(folder: string, password: string): string {
  const file = join(folder, 'password')
  writeFileSync(file, `${password}\n`, { mode: 0o600 })
  return file
}
