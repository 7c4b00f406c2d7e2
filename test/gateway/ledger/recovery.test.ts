import assert from 'node:assert/strict'
import { mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Connection } from '../../../gateway/ledger/sqlite/connection.ts'
import { type Db, openDatabase, reopenDatabase } from '../../../gateway/ledger/sqlite/database.ts'
import { GroupCommit } from '../../../gateway/ledger/sqlite/group-commit.ts'
import { Upkeep } from '../../../gateway/ledger/sqlite/upkeep.ts'
import { ManualClock } from '../../support/manual-clock.ts'

const READ_ONLY = 'the database is read-only: make dataDir and its files writable for this user'
const CANNOT_OPEN = 'the database files cannot be opened: check dataDir and its permissions'

interface Bench extends Disposable {
  readonly file: string
  readonly connection: Connection
  readonly commits: GroupCommit
  readonly clock: ManualClock
  readonly told: (string | null)[]
}

function bench(): Bench {
  const folder = mkdtempSync(join(tmpdir(), 'vietqr-recovery-'))
  const file = join(folder, 'gateway.db')
  const connection = new Connection(openDatabase(file), () => reopenDatabase(file))
  const commits = new GroupCommit(connection, () => {})
  const clock = new ManualClock()
  const told: (string | null)[] = []
  const upkeep = new Upkeep(
    file,
    connection,
    commits,
    clock,
    { payments: 1e12, raw: 1e12 },
    {
      troubleChanged: trouble => told.push(trouble),
      failed: error => assert.fail(String(error)),
    },
  )
  upkeep.start()
  return {
    ...{ file, connection, commits, clock, told },
    [Symbol.dispose]() {
      upkeep.stop()
      connection.close()
      rmSync(folder, { recursive: true })
    },
  }
}

const store = (db: Db): unknown =>
  db
    .prepare(
      "INSERT INTO dead_letters (reason, topic, source, received_at, text, payload) VALUES ('MALFORMED', '', 'host', 0, '', x'')",
    )
    .run()
const count = (db: Db): unknown => db.prepare('SELECT count(*) FROM dead_letters').pluck().get()

test('a connection that stays read-only is replaced by a new one, without a restart', async () => {
  using at = bench()
  const first = at.connection.db
  await at.commits.run(store)
  // What a database is to SQLite that could only be opened for reading.
  first.pragma('query_only = ON')
  await assert.rejects(at.commits.run(store), { code: 'LEDGER_UNAVAILABLE' })
  await at.clock.advance(3000)
  assert.deepEqual(at.told, [READ_ONLY], 'it is given the time to get over it')
  assert.equal(at.connection.db, first)
  await at.clock.advance(1000)
  assert.deepEqual(at.told, [READ_ONLY, null])
  assert.notEqual(at.connection.db, first)
  await at.commits.run(store)
  assert.equal(await at.commits.run(count), 2)
})

test('trouble is over within a second of the disk, whether or not anybody asks for something', async () => {
  using at = bench()
  at.connection.db.pragma('query_only = ON')
  await assert.rejects(at.commits.run(store), { code: 'LEDGER_UNAVAILABLE' })
  await at.clock.advance(1000)
  at.connection.db.pragma('query_only = OFF')
  await at.clock.advance(1000)
  assert.equal(at.commits.trouble, null)
})

test('a database that is gone is not made anew: it is opened when it is back', async () => {
  using at = bench()
  await at.commits.run(store)
  at.connection.db.pragma('wal_checkpoint(TRUNCATE)')
  at.connection.db.pragma('query_only = ON')
  await assert.rejects(at.commits.run(store), { code: 'LEDGER_UNAVAILABLE' })
  renameSync(at.file, `${at.file}.elsewhere`)
  await at.clock.advance(10_000)
  assert.deepEqual(at.told, [READ_ONLY, CANNOT_OPEN])
  await assert.rejects(at.commits.run(count), { code: 'LEDGER_UNAVAILABLE' })

  openDatabase(at.file, ['CREATE TABLE t (n INTEGER) STRICT']).close()
  await at.clock.advance(1000)
  assert.match(at.commits.trouble ?? '', /has schema 1 now/)

  for (const end of ['', '-wal']) rmSync(`${at.file}${end}`, { force: true })
  renameSync(`${at.file}.elsewhere`, at.file)
  await at.clock.advance(1000)
  assert.equal(at.commits.trouble, null)
  assert.equal(await at.commits.run(count), 1)
})
