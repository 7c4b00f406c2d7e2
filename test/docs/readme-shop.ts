import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { parse, parseDocument } from 'yaml'
import { blocks } from './markdown.ts'
import type { Covered } from './readme-commands.ts'
import { Shell, type ShellCommand } from './shell.ts'

const ROOT = join(import.meta.dirname, '../..')
/** What a command needs of the checkout. */
const CHECKOUT = ['package.json', 'node_modules', 'gateway', 'device-sim', 'protocol']
/** The folder of programs that are used where the machine has none of their name. */
const STAND_INS = 'stand-ins'
/** The ports README.md shows; each is replaced by a free one. */
const PORTS = ['8884', '9090', '1883', '8883', '8080']

/** A folder that looks like a checkout, with the windows of a person who follows README.md in it. */
export class ReadmeShop implements AsyncDisposable {
  /** Deliveries that were pending when a command last noted it. */
  pendingBefore = Number.NaN
  readonly folder: string
  readonly #ports: ReadonlyMap<string, number>
  readonly #shell: Shell
  readonly #windows = new Map<string, ShellCommand>()

  private constructor(folder: string, ports: ReadonlyMap<string, number>) {
    this.folder = folder
    this.#ports = ports
    this.#shell = new Shell(folder, join(folder, STAND_INS))
  }

  static async open(): Promise<ReadmeShop> {
    const folder = mkdtempSync(join(tmpdir(), 'vietqr-readme-'))
    for (const name of CHECKOUT) symlinkSync(join(ROOT, name), join(folder, name))
    standInForCurl(folder)
    const free = await freePorts(PORTS.length)
    return new ReadmeShop(folder, new Map(PORTS.map((port, index) => [port, free[index] ?? 0])))
  }

  /** A window that stays open. */
  window(name: string): ShellCommand {
    const window = this.#windows.get(name)
    if (window === undefined) throw new Error(`no command has opened the window ${name}`)
    return window
  }

  /** Types a command as the page has it and waits for what has to come of it. */
  async type(line: string, { says, window, effect }: Covered): Promise<void> {
    const typed = this.#filled(line)
    if (window === undefined) {
      const output = await this.#shell.run(typed)
      if (!says.test(output)) throw new Error(`${typed}\ndid not say ${says}:\n${output}`)
    } else {
      this.#windows.set(window, this.#shell.start(typed))
      await this.window(window).says(says)
    }
    await effect?.(this)
  }

  /** Makes the changes in gateway.yaml that the page asks for, on this test's ports and on the loopback alone. */
  editConfig(): void {
    const file = join(this.folder, 'gateway.yaml')
    const config = parseDocument(readFileSync(file, 'utf8'))
    const [simulated] = blocks('README.md', 'yaml')
    for (const [path, value] of leaves(parse(simulated?.text ?? ''))) config.setIn(path, value)
    writeFileSync(file, this.#filled(String(config).replace('0.0.0.0', '127.0.0.1')))
  }

  /** How many deliveries have not ended. Asked beside the windows: it is no command of the page. */
  async pending(): Promise<number> {
    const program = join(this.folder, 'gateway/bin.mjs')
    const { stdout } = await promisify(execFile)(process.execPath, [program, '--json', 'status'], { cwd: this.folder })
    const { deliveriesPending } = JSON.parse(stdout)
    return Number(deliveriesPending)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#shell[Symbol.asyncDispose]()
    rmSync(this.folder, { recursive: true, force: true })
  }

  /** The whole table of what is replaced: the ports, and the words in capitals by what was printed last. */
  #filled(text: string): string {
    const { printed } = this.#shell
    const last = (pattern: RegExp): string => [...printed.matchAll(pattern)].at(-1)?.[1] ?? 'NOT-PRINTED-YET'
    return text
      .replace(/\b\d{4}\b/g, number => String(this.#ports.get(number) ?? number))
      .replace(/\bPASSWORD\b/, () => last(/^password: (\S{43})$/gm))
      .replace(/\bORDER\b/, () => last(/(?:"orderId":"|^order(?:Id)?: )([0-9A-Z]{13})\b/gm))
      .replace(/\bID\b/, () => last(/down\/order \{"id":"([0-9A-Z]{26})"/g))
  }
}

/** For machines without curl, one that can do what the page asks of it: nobody should have to install it for the tests. */
function standInForCurl(folder: string): void {
  const source = `#!${process.execPath}
const words = process.argv.slice(2)
const value = name => words[words.indexOf(name) + 1]
const body = words.includes('-d') ? value('-d') : undefined
const headers = words.includes('-H') ? [value('-H').split(/: */)] : []
fetch(words.find(word => word.startsWith('http')), { method: body ? 'POST' : 'GET', headers, body })
  .then(answer => answer.text()).then(text => process.stdout.write(text))`
  mkdirSync(join(folder, STAND_INS))
  writeFileSync(join(folder, STAND_INS, 'curl'), source, { mode: 0o755 })
}

/** Every value of nested objects, with its path. */
function leaves(value: unknown, path: readonly string[] = []): (readonly [readonly string[], unknown])[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [[path, value]]
  return Object.entries(value).flatMap(([key, child]) => leaves(child, [...path, key]))
}

/** Different ones: all are held until the last is found. */
async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map(server => once(server, 'listening')))
  const ports = servers
    .map(server => server.address())
    .map(address => (typeof address === 'object' && address !== null ? address.port : 0))
  await Promise.all(servers.map(server => once(server.close(), 'close')))
  return ports
}
