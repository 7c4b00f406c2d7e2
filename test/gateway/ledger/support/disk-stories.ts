import { execFileSync } from 'node:child_process'
import { closeSync, openSync, readdirSync, rmSync, truncateSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { loadSettings } from '../../../../gateway/config/load.ts'
import type { Ledger } from '../../../../gateway/ledger/ledger.ts'
import { SqliteLedger } from '../../../../gateway/ledger/sqlite/sqlite-ledger.ts'
import type { Upkeep } from '../../../../gateway/ledger/sqlite/upkeep.ts'
import { createLogger } from '../../../../gateway/log.ts'
import { runGateway } from '../../../../gateway/run.ts'
import { ManualClock } from '../../../support/manual-clock.ts'
import { ACCOUNT, notice, rawNotice, sampleTerminal, TERMINAL } from '../../../support/shop.ts'

/** What a ledger lives through on a disk that fails; started by `small-disk.ts`, prints what happened as JSON. */

class Story implements AsyncDisposable {
  readonly clock = new ManualClock()
  readonly folder: string
  readonly #ledger: SqliteLedger
  readonly #upkeep: Upkeep
  /** What the operator was told. */
  readonly told: (string | null)[] = []
  #payments = 0

  private constructor(folder: string, ledger: SqliteLedger) {
    this.folder = folder
    this.#ledger = ledger
    this.#upkeep = ledger.upkeep(
      this.clock,
      { payments: 1e12, raw: 1e12 },
      {
        troubleChanged: trouble => this.told.push(trouble),
        failed: error => {
          throw error
        },
      },
    )
    this.#upkeep.start()
  }

  static async begin(folder: string): Promise<Story> {
    const rules = { confirm: 'never', lateGraceMs: 0, voice: { language: 'vi', region: 'north' } } as const
    const ledger = SqliteLedger.open(join(folder, 'gateway.db'), rules)
    await ledger.registry.addTerminal(sampleTerminal(TERMINAL, ACCOUNT))
    return new Story(folder, ledger)
  }

  get trouble(): string | null {
    return this.#ledger.trouble
  }

  /** Takes the next payment; how it ended. */
  async pay(): Promise<string> {
    const fields = { referenceNumber: `FT${this.#payments}`, content: 'x'.repeat(1000) }
    try {
      const taken = await this.#ledger.payments.takeBalanceChange(TERMINAL, notice(fields), rawNotice(fields))
      this.#payments += 1
      return taken.outcome
    } catch (error) {
      return codeOf(error)
    }
  }

  letter(): Promise<void> {
    return letter(this.#ledger)
  }

  /** How the backup ended. */
  async backup(file: string): Promise<string> {
    return this.#ledger.backup(file).then(() => 'written', codeOf)
  }

  /** Payments until one fails; how that ended. */
  async payUntilItFails(): Promise<string> {
    for (let n = 0; n < 10_000; n += 1) {
      const outcome = await this.pay()
      if (outcome !== 'new') return outcome
    }
    return 'all stored'
  }

  /** Whether every payment that was told as stored is stored, and no other. */
  async allThere(): Promise<boolean> {
    const stored = await this.#ledger.payments.list({ limit: -1 })
    return stored.length === this.#payments
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#upkeep.stop()
    await this.#ledger.close()
  }
}

async function fullDisk(folder: string): Promise<object> {
  await using story = await Story.begin(folder)
  const filler = join(folder, 'filler')
  const first = await story.pay()
  const bytes = fill(filler)
  const failed = await story.payUntilItFails()
  await story.clock.advance(3000)
  const stillFull = story.trouble
  // A page is free again, but no payment fits.
  truncateSync(filler, bytes - 4096)
  await story.clock.advance(1000)
  const onePageFree = story.trouble
  const readable = await story.allThere()
  rmSync(filler)
  await story.clock.advance(1000)
  const healed = story.trouble
  const after = [await story.pay(), await story.pay()]
  return {
    first,
    failed,
    stillFull,
    onePageFree,
    readable,
    healed,
    after,
    allThere: await story.allThere(),
    told: story.told,
  }
}

async function backupWithoutRoom(folder: string): Promise<object> {
  await using story = await Story.begin(folder)
  for (let n = 0; n < 250; n += 1) await story.letter()
  const failed = await story.backup(join(folder, 'saved.db'))
  const left = readdirSync(folder)
  return { failed, left, trouble: story.trouble, after: await story.pay() }
}

/** Writes until nothing fits any more; how much that was. */
function fill(file: string): number {
  const handle = openSync(file, 'w')
  let bytes = 0
  try {
    for (;;) bytes += writeSync(handle, Buffer.alloc(4096))
  } catch {
    return bytes
  } finally {
    closeSync(handle)
  }
}

async function fileLimit(folder: string): Promise<object> {
  await using story = await Story.begin(folder)
  const first = await story.pay()
  const failed = await story.payUntilItFails()
  await story.clock.advance(2000)
  const limited = story.trouble
  system('prlimit', ['--pid', String(process.pid), '--fsize=unlimited:'])
  await story.clock.advance(1000)
  const healed = story.trouble
  const after = [await story.pay(), await story.pay()]
  return { first, failed, limited, healed, after, allThere: await story.allThere(), told: story.told }
}

async function immutable(folder: string, seconds: number): Promise<object> {
  await using story = await Story.begin(folder)
  const files = ['gateway.db', 'gateway.db-wal'].map(name => join(folder, name))
  const first = await story.pay()
  system('chattr', ['+i', ...files])
  try {
    const failed = await story.pay()
    await story.clock.advance(seconds * 1000)
    const readOnly = story.trouble
    system('chattr', ['-i', ...files])
    await story.clock.advance(1000)
    const healed = story.trouble
    const after = [await story.pay(), await story.pay()]
    return { first, failed, readOnly, healed, after, allThere: await story.allThere(), told: story.told }
  } finally {
    system('chattr', ['-i', ...files])
  }
}

/** Commits go on, but the log cannot be brought into the database. */
async function stuckLog(folder: string): Promise<object> {
  await using story = await Story.begin(folder)
  const database = join(folder, 'gateway.db')
  system('chattr', ['+i', database])
  try {
    const outcomes = new Set<string>()
    for (let n = 0; n < 100; n += 1) outcomes.add(await story.pay())
    await story.clock.advance(3000)
    const stuck = story.trouble
    outcomes.add(await story.pay())
    system('chattr', ['-i', database])
    await story.clock.advance(1000)
    return { outcomes: [...outcomes], stuck, healed: story.trouble, allThere: await story.allThere(), told: story.told }
  } finally {
    system('chattr', ['-i', database])
  }
}

/** Opening on a file system that is mounted read-only. */
async function mountedReadOnly(folder: string): Promise<object> {
  await (await Story.begin(folder))[Symbol.asyncDispose]()
  system('mount', ['-o', 'remount,ro', folder])
  try {
    await Story.begin(folder)
    return { opened: true }
  } catch (error) {
    return { code: codeOf(error) }
  }
}

/** A whole gateway: what it says of itself while its disk is full, and soon after. */
async function readiness(folder: string): Promise<object> {
  const config = join(folder, 'gateway.yaml')
  const listen = 'broker: { listen: [mqtt://127.0.0.1:0] }\nhttp: { listen: 127.0.0.1:0 }\nlog: { level: silent }\n'
  writeFileSync(config, `site: thu-nghiem\nhost: { url: "mqtts://127.0.0.1:1" }\n${listen}`)
  const settings = loadSettings(config, {})
  const running = await runGateway(settings, {}, createLogger(settings.log))
  try {
    const reasons = async (): Promise<string[]> => {
      const response = await fetch(`http://127.0.0.1:${running.http.port}/readyz`)
      const said: { reasons: string[] } = JSON.parse(await response.text())
      return said.reasons.filter(reason => reason.startsWith('database'))
    }
    await running.ledger.registry.addTerminal(sampleTerminal(TERMINAL, ACCOUNT))
    const before = await reasons()
    const filler = join(folder, 'filler')
    fill(filler)
    while (running.ledger.trouble === null) await letter(running.ledger).catch(() => {})
    const full = await reasons()
    rmSync(filler)
    const deadline = performance.now() + 20_000
    while ((await reasons()).length > 0 && performance.now() < deadline)
      await new Promise(after => setTimeout(after, 50))
    await letter(running.ledger)
    return { before, full, after: await reasons() }
  } finally {
    await running.stop()
  }
}

function system(program: string, args: readonly string[]): void {
  execFileSync(program, args)
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error)
}

function letter(ledger: Ledger): Promise<void> {
  return ledger.deadLetters.add('MALFORMED', 'x'.repeat(10_000), 'host', rawNotice({}))
}

const STORIES: Readonly<Record<string, (folder: string) => Promise<object>>> = {
  'full disk': fullDisk,
  'file limit': fileLimit,
  'read-only for a moment': folder => immutable(folder, 1),
  'read-only for long': folder => immutable(folder, 20),
  'stuck log': stuckLog,
  'mounted read-only': mountedReadOnly,
  'backup without room': backupWithoutRoom,
  readiness,
}

const [, , story = '', folder = ''] = process.argv
writeFileSync(1, JSON.stringify(await STORIES[story]?.(folder)))
