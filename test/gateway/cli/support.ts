import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createDataDir } from '../../../gateway/data-dir.ts'
import { SqliteLedger } from '../../../gateway/ledger/sqlite/sqlite-ledger.ts'
import { Happenings } from '../../support/happenings.ts'

const launcher = fileURLToPath(new URL('../../../gateway/bin.mjs', import.meta.url))
const PROGRAM = existsSync(launcher)
  ? launcher
  : fileURLToPath(new URL('../../../gateway/cli/main.ts', import.meta.url))

/** A real process of the command line, in a folder of its own. */
export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** What surrounds the tests must not change what the programs do. */
function environment(more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const { VIETQR_HOST_PASSWORD, VIETQR_BOX_KEY, VIETQR_DEBUG, INIT_CWD, NODE_OPTIONS, COLUMNS, ...rest } = process.env
  return { ...rest, ...more }
}

export class Program {
  readonly #child
  readonly #seen = new Happenings()
  #stdout = ''
  #stderr = ''
  #ended: Ended | null = null

  constructor(folder: string, args: readonly string[], env?: NodeJS.ProcessEnv) {
    this.#child = spawn(process.execPath, [PROGRAM, ...args], { cwd: folder, env: environment(env) })
    this.#child.stdout.setEncoding('utf8').on('data', text => {
      this.#stdout += text
      this.#seen.happened()
    })
    this.#child.stderr.setEncoding('utf8').on('data', text => {
      this.#stderr += text
      this.#seen.happened()
    })
    this.#child.on('close', code => {
      this.#ended = { code, stdout: this.#stdout, stderr: this.#stderr }
      this.#seen.happened()
    })
  }

  get stdout(): string {
    return this.#stdout
  }

  /** The first match on stderr. */
  async says(pattern: RegExp): Promise<RegExpExecArray> {
    const found = () => pattern.exec(this.#stderr)
    await this.#seen.until(() => found() !== null || this.#ended !== null, `stderr says ${pattern}`, 10_000)
    const match = found()
    if (match === null) throw new Error(`It ended without saying ${pattern}: ${this.#stderr}`)
    return match
  }

  async shows(pattern: RegExp): Promise<void> {
    await this.#seen.until(() => pattern.test(this.#stdout), `stdout shows ${pattern}`, 10_000)
  }

  /** No longer reads what it prints. */
  closeStdout(): void {
    this.#child.stdout.destroy()
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  async end(): Promise<Ended> {
    if (this.#ended === null) await once(this.#child, 'close')
    return this.#ended ?? { code: null, stdout: this.#stdout, stderr: this.#stderr }
  }
}

/** Runs one command to its end. */
export function cli(folder: string, args: readonly string[], env?: NodeJS.ProcessEnv): Promise<Ended> {
  return new Program(folder, args, env).end()
}

/** The one JSON value a command printed. */
export async function json(folder: string, args: readonly string[]) {
  const ended = await cli(folder, [...args, '--json'])
  if (ended.code !== 0) throw new Error(`exit ${ended.code}: ${ended.stderr}`)
  return JSON.parse(ended.stdout)
}

/** `run`, as soon as it says that the gateway runs. */
export async function gatewayIn(folder: string, args: readonly string[] = []): Promise<Program> {
  const program = new Program(folder, ['run', ...args])
  await program.says(/the gateway runs/)
  return program
}

const NOBODY = 'mqtts://127.0.0.1:1'

interface Written {
  readonly url?: string
  readonly environment?: string
  /** Further lines. */
  readonly more?: string
}

/** A folder with a gateway.yaml on free ports. */
export function shop({ url = NOBODY, environment = 'sandbox', more = '' }: Written = {}): string {
  const folder = emptyFolder()
  const lines = [
    'site: thu-nghiem',
    `host: { url: "${url}", allowInsecure: true, environment: ${environment}, requestTimeout: 200ms }`,
    'broker: { listen: [mqtt://127.0.0.1:0] }',
    'http: { listen: 127.0.0.1:0 }',
    more,
  ]
  writeFileSync(join(folder, 'gateway.yaml'), `${lines.join('\n')}\n`)
  return folder
}

/** Removed when the process of the test file ends, because hooks of a test end before the programs it left to others. */
export function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'vietqr-cli-'))
  folders.add(folder)
  return folder
}

const folders = new Set<string>()
process.on('exit', () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

export const ADD_TERMINAL = [
  ...['terminals', 'add', 'T1', '--bank-code', 'MB', '--bank-account', '0000111122', '--holder', 'NGUYEN VAN MAU'],
]

/** A shop whose ledger has these terminals, the last one newest. */
export async function shopWith(...codes: readonly string[]): Promise<string> {
  const folder = shop()
  createDataDir(join(folder, 'data'))
  const voice = { language: 'vi', region: 'north' } as const
  const ledger = SqliteLedger.open(join(folder, 'data', 'gateway.db'), { confirm: 'release', lateGraceMs: 0, voice })
  for (const [index, terminalCode] of codes.entries()) {
    const account = { bankCode: 'MB', bankAccount: '0000111122', holder: 'NGUYEN VAN MAU', serviceCode: null }
    await ledger.registry.addTerminal({
      terminalCode,
      name: terminalCode,
      createdAt: 1_700_000_000_000 + index,
      ...account,
    })
  }
  await ledger.close()
  return folder
}
