import { spawn } from 'node:child_process'
import { isoWithOffset } from '../protocol/time.ts'
import type { Clock } from './clock.ts'
import type { Log } from './log.ts'

/** What somebody must be told of, because money or goods hang on it. */
export type AlarmKind =
  | 'host-down'
  | 'order-held'
  | 'order-unknown'
  | 'payment-unconfirmed'
  | 'conflict'
  | 'terminal-mismatch'
  | 'device-silent'
  | 'device-flapping'
  | 'device-contested'
  | 'disk'
  | 'certificate'

export interface Alarm {
  readonly kind: AlarmKind
  /** What it is about: an order, a device, a reference; alarms of one kind about one thing are one. */
  readonly subject: string
  /** For a person, in one sentence. */
  readonly text: string
}

export interface AlarmTargets {
  readonly webhook?: string | undefined
  readonly command?: string | undefined
}

/** The same alarm is not told again before this. */
const REPEAT_MS = 600_000
/** Nobody waits longer than this for somebody else's web server or program. */
const PATIENCE_MS = 10_000

/**
 * Tells people: in the log, to a web address (POST of one JSON object) and to a command (the same object on its stdin). An alarm
 * that cannot be told is logged; it never holds anything up.
 */
export class Alarms {
  readonly #site: string
  readonly #targets: AlarmTargets
  readonly #clock: Clock
  readonly #log: Log
  readonly #told = new Map<string, number>()

  constructor(site: string, targets: AlarmTargets, clock: Clock, log: Log) {
    this.#site = site
    this.#targets = targets
    this.#clock = clock
    this.#log = log
  }

  raise(alarm: Alarm): void {
    const key = `${alarm.kind} ${alarm.subject}`
    const now = this.#clock.monotonic()
    const last = this.#told.get(key)
    if (last !== undefined && now - last < REPEAT_MS) return
    for (const [known, at] of this.#told) if (now - at >= REPEAT_MS) this.#told.delete(known)
    this.#told.set(key, now)
    this.#log.error({ alarm: alarm.kind, subject: alarm.subject }, alarm.text)
    const said = JSON.stringify({ site: this.#site, ...alarm, at: isoWithOffset(this.#clock.now()) })
    const { webhook, command } = this.#targets
    if (webhook !== undefined) this.#post(webhook, said).catch(error => this.#failed('webhook', error))
    if (command !== undefined) this.#run(command, said)
  }

  async #post(webhook: string, said: string): Promise<void> {
    const headers = { 'content-type': 'application/json' }
    const signal = AbortSignal.timeout(PATIENCE_MS)
    const response = await fetch(webhook, { method: 'POST', headers, body: said, signal })
    if (!response.ok) throw new Error(`it answered ${response.status}`)
  }

  #run(command: string, said: string): void {
    // The secrets of the gateway are none of the command's business.
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('VIETQR_')))
    const child = spawn(command, { shell: true, stdio: ['pipe', 'ignore', 'ignore'], timeout: PATIENCE_MS, env })
    child.on('error', error => this.#failed('command', error))
    child.on('exit', code => {
      if (code !== 0) this.#failed('command', new Error(`it ended with ${code ?? 'a signal'}`))
    })
    // A command that does not read what it is told is none of our trouble.
    child.stdin.on('error', () => {})
    child.stdin.end(said)
  }

  #failed(target: 'webhook' | 'command', error: unknown): void {
    this.#log.error({ err: error }, `alarms.${target} did not take an alarm`)
  }
}
