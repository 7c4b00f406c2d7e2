import { randomUUID } from 'node:crypto'
import { rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Settings } from '../config/schema.ts'
import { createDataDir, dataFiles } from '../data-dir.ts'
import { EXIT } from '../exit-codes.ts'
import type { Ledger } from '../ledger/ledger.ts'
import { databaseExists } from '../ledger/sqlite/database.ts'
import { DataDirLock } from '../ledger/sqlite/lock.ts'
import { SqliteLedger } from '../ledger/sqlite/sqlite-ledger.ts'
import { COMMANDS } from './commands.ts'
import { CommandFailure } from './failure.ts'
import { Pieces } from './pieces.ts'
import { whoAsks } from './who-asks.ts'

/** Where nothing was stored yet, only these make a dataDir: every other command finds nothing in it anyway. */
const FOUNDING: ReadonlySet<string> = new Set(['terminals add', 'apply', 'broker export'])

/**
 * Runs a command while no gateway runs, on the ledger itself. The dataDir is locked and opened when the command first
 * looks into the ledger, so a command that is refused before (wrong arguments, needs the running gateway) leaves no trace.
 * @param waitMs how long another process may keep the lock; the process stands still meanwhile
 * @throws LockedError, NewerDatabaseError, DurabilityError, and CommandFailure and others as the command ends
 */
export async function runOffline(settings: Settings, name: string, args: unknown, waitMs: number): Promise<unknown> {
  const run = COMMANDS[name]
  if (run === undefined) throw new CommandFailure(EXIT.usage, `there is no command ${name}`)
  const isNew = !FOUNDING.has(name) && !databaseExists(dataFiles(settings.dataDir).database)
  const place = isNew ? { ...settings, dataDir: join(tmpdir(), `vietqr-gateway-${randomUUID()}`) } : settings
  const ledger = new LockedLedger(place, waitMs)
  try {
    const answer = await run(
      {
        settings: place,
        gateway: null,
        by: { who: whoAsks(), via: 'cli' },
        progress: () => {},
        signal: new AbortController().signal,
        get ledger() {
          return ledger.opened()
        },
      },
      args,
    )
    return answer instanceof Pieces ? await answer.all() : answer
  } finally {
    await ledger.close()
    if (isNew) rmSync(place.dataDir, { recursive: true, force: true })
  }
}

/** The ledger of a dataDir with its lock, opened on first use. */
class LockedLedger {
  readonly #settings: Settings
  readonly #waitMs: number
  #lock: DataDirLock | null = null
  #ledger: SqliteLedger | null = null

  constructor(settings: Settings, waitMs: number) {
    this.#settings = settings
    this.#waitMs = waitMs
  }

  opened(): Ledger {
    const { dataDir, payments, voice } = this.#settings
    if (this.#lock === null) {
      createDataDir(dataDir)
      this.#lock = DataDirLock.take(dataDir, this.#waitMs)
    }
    const rules = { confirm: payments.confirm, lateGraceMs: payments.lateGrace, voice }
    this.#ledger ??= SqliteLedger.open(dataFiles(dataDir).database, rules)
    return this.#ledger
  }

  async close(): Promise<void> {
    await this.#ledger?.close()
    this.#lock?.release()
  }
}
