import { readdirSync, renameSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { crashPoint } from '../../crash-point.ts'
import { assertSound, createCopyFile, discardCopy, syncFile } from './copy.ts'
import type { Db } from './database.ts'
import { diskTrouble } from './disk-trouble.ts'

/**
 * Bringing a database to this program's schema.
 *
 * Its `user_version` counts the migrations it has had. An existing database is copied first: the copy is whole, checked, and
 * lies beside it as `gateway.db.before-<version>`, named after the schema it was made before. Then all missing
 * migrations run in one transaction, so that a database is of the old schema or of the new one, whatever happens.
 */

/** The database was written by a newer program than this one. */
export class NewerDatabaseError extends Error {
  override readonly name = 'NewerDatabaseError'
  readonly code = 'DATABASE_NEWER'
}

/** The database is as it was before. */
class UpgradeError extends Error {
  override readonly name = 'UpgradeError'
  readonly code = 'UPGRADE_FAILED'
}

const COPIES_KEPT = 3

/** @throws NewerDatabaseError, UpgradeError */
export function upgrade(db: Db, file: string, migrations: readonly string[]): void {
  const version = Number(db.pragma('user_version', { simple: true }))
  const wanted = migrations.length
  if (version > wanted) {
    const copy = copiesOf(file).findLast(made => made > wanted)
    const backup = copy === undefined ? 'a backup made before the upgrade' : `${file}.before-${copy} in its place`
    throw new NewerDatabaseError(
      `${file} has schema ${version}, this program knows ${wanted}: install the newer program again, or restore ${backup}`,
    )
  }
  if (version === wanted) return
  const copy = version === 0 ? null : copyBefore(db, file, version, wanted)
  try {
    migrate(db, migrations, version)
  } catch (error) {
    const kept = copy === null ? '' : `; a copy of it is ${copy}`
    const remedy = diskTrouble(error)?.words ?? 'install the program of before, and report this'
    throw new UpgradeError(
      `${file} could not be brought from schema ${version} to ${wanted} and is as it was${kept}. The reason: ${words(error)}; ${remedy}`,
      { cause: error },
    )
  }
  if (copy !== null) forgetOldCopies(file)
}

function migrate(db: Db, migrations: readonly string[], version: number): void {
  // A migration may build a table anew, which must not look like the deletion of its rows to the tables that refer to it.
  db.pragma('foreign_keys = OFF')
  db.transaction(() => {
    for (const sql of migrations.slice(version)) {
      db.exec(sql)
      crashPoint('migrating')
    }
    const broken = db.pragma('foreign_key_check')
    if (Array.isArray(broken) && broken.length > 0) throw new Error(`${broken.length} rows refer to nothing`)
    db.pragma(`user_version = ${migrations.length}`)
  })()
  crashPoint('migrated')
}

/** The copy's path. VACUUM INTO stops the process meanwhile, which nobody notices: nothing runs before the ledger is open. */
function copyBefore(db: Db, file: string, version: number, wanted: number): string {
  const copy = `${file}.before-${wanted}`
  removeLeftovers(file)
  const temporary = createCopyFile(copy)
  try {
    db.prepare('VACUUM INTO ?').run(temporary)
    assertSound(temporary, version, () => {})
    syncFile(temporary)
    renameSync(temporary, copy)
    syncFile(dirname(copy))
  } catch (error) {
    discardCopy(temporary)
    throw new UpgradeError(
      `${file} has schema ${version} and cannot be brought to ${wanted} before it is backed up to ${copy}: ${words(error)}. See that its disk is writable and has room for a copy`,
      { cause: error },
    )
  }
  return copy
}

function forgetOldCopies(file: string): void {
  for (const version of copiesOf(file).slice(COPIES_KEPT)) rmSync(`${file}.before-${version}`)
}

/** The schemas that copies were made before, newest first. */
function copiesOf(file: string): number[] {
  return besides(file, /^(\d+)$/)
    .map(Number)
    .sort((a, b) => b - a)
}

/** Copies that a killed process did not finish. */
function removeLeftovers(file: string): void {
  for (const rest of besides(file, /^(\d+\..*)$/)) rmSync(`${file}.before-${rest}`, { force: true })
}

/** What follows `gateway.db.before-` in the names of files beside the database. */
function besides(file: string, rest: RegExp): string[] {
  const prefix = `${basename(file)}.before-`
  return readdirSync(dirname(join(file)))
    .filter(name => name.startsWith(prefix))
    .flatMap(name => rest.exec(name.slice(prefix.length))?.[1] ?? [])
}

function words(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
