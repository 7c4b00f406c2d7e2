import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { freePort } from '../support/free-port.ts'
import { Shop, type ShopSize } from './shop.ts'

const READY_DEADLINE_MS = 30_000
const LOOK_EVERY_MS = 2

export interface GatewayOptions {
  /** The launcher to run. */
  readonly program: string
  readonly hostUrl: string
  readonly size: ShopSize
  /** A program and its first arguments to run it under, such as a tracer. */
  readonly under?: readonly string[]
}

/** The gateway, a process with a shop of its own. It logs into a file, as under a service manager. */
export class GatewayProcess implements AsyncDisposable {
  readonly #shop: Shop
  readonly #child: ChildProcess
  readonly #url: string
  /** Milliseconds from its start until it called itself ready. */
  readonly readyMs: number
  readonly devicePort: number

  private constructor(shop: Shop, child: ChildProcess, url: string, readyMs: number, devicePort: number) {
    this.#shop = shop
    this.#child = child
    this.#url = url
    this.readyMs = readyMs
    this.devicePort = devicePort
  }

  /** Resolves when it is ready; everything in its log until then is thrown when it does not become so. */
  static async start({ program, hostUrl, size, under = [] }: GatewayOptions): Promise<GatewayProcess> {
    const port = await freePort()
    const url = `http://127.0.0.1:${port}`
    const shop = await Shop.open(hostUrl, port, size)
    const logFile = join(shop.folder, 'log')
    const log = openSync(logFile, 'a')
    const [command = process.execPath, ...first] = [...under, process.execPath]
    const started = performance.now()
    const run = [...first, program, 'run', '--config', shop.configFile]
    const child = spawn(command, run, { stdio: ['ignore', 'ignore', log] })
    closeSync(log)
    while (!(await answersOk(`${url}/readyz`))) {
      if (child.exitCode !== null || performance.now() - started > READY_DEADLINE_MS) {
        child.kill('SIGKILL')
        throw new Error(`the gateway did not become ready:\n${readFileSync(logFile, 'utf8')}`)
      }
      await delay(LOOK_EVERY_MS)
    }
    const readyMs = performance.now() - started
    const devicePort = Number(/"mqtt:\/\/127\.0\.0\.1:(\d+)"/.exec(readFileSync(logFile, 'utf8'))?.[1])
    return new GatewayProcess(shop, child, url, readyMs, devicePort)
  }

  /** The value of a metric, all its labels together. */
  async metric(name: string): Promise<number> {
    const text = await (await fetch(`${this.#url}/metrics`)).text()
    const lines = text.split('\n').filter(line => line.startsWith(`${name} `) || line.startsWith(`${name}{`))
    if (lines.length === 0) throw new Error(`the gateway has no metric ${name}`)
    return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const exited = once(this.#child, 'exit')
    this.#child.kill('SIGTERM')
    await exited
    this.#shop[Symbol.dispose]()
  }
}

async function answersOk(url: string): Promise<boolean> {
  try {
    const response = await fetch(url)
    await response.arrayBuffer()
    return response.ok
  } catch {
    return false
  }
}
