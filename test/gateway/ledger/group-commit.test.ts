import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import Database from 'better-sqlite3'
import { LedgerUnavailableError } from '../../../gateway/ledger/ledger.ts'
import { type Db, openDatabase } from '../../../gateway/ledger/sqlite/database.ts'
import { GroupCommit, MOST_JOBS } from '../../../gateway/ledger/sqlite/group-commit.ts'

function openWithTable(): Db {
  const db = new Database(':memory:')
  db.exec('CREATE TABLE t (n INTEGER PRIMARY KEY) STRICT')
  return db
}

function insert(n: number): (db: Db) => number {
  return db => db.prepare('INSERT INTO t VALUES (?)').run(n).changes
}

function stored(db: Db): unknown[] {
  return db.prepare('SELECT n FROM t ORDER BY n').pluck().all()
}

test('all jobs of one turn are one commit, and each gets its own result', async () => {
  const db = openWithTable()
  const commits: number[] = []
  const group = new GroupCommit({ db }, seconds => commits.push(seconds))
  const results = await Promise.all([1, 2, 3].map(n => group.run(insert(n))))
  assert.deepEqual(results, [1, 1, 1])
  assert.deepEqual(stored(db), [1, 2, 3])
  assert.equal(commits.length, 1)
  db.close()
})

test('while each turn brings more, they are one commit; without end they are not', async () => {
  const db = openWithTable()
  const commits: number[] = []
  const group = new GroupCommit({ db }, seconds => commits.push(seconds))
  let first = false
  const jobs = [group.run(insert(0))]
  void jobs[0]?.then(() => {
    first = true
  })
  for (let turn = 1; !first; turn += 1) {
    await new Promise(resolve => setImmediate(resolve))
    if (!first) jobs.push(group.run(insert(turn)))
    assert.ok(turn < 100, 'the first job waits for ever')
  }
  assert.equal(commits.length, 1)
  assert.ok(stored(db).length > 2, 'the second turn was not waited for')
  await Promise.all(jobs)
  db.close()
})

test('nothing is settled before the commit', async () => {
  const db = openWithTable()
  const group = new GroupCommit({ db }, () => {})
  let settled = false
  const done = group.run(insert(1)).then(() => {
    settled = true
  })
  await Promise.resolve()
  assert.equal(settled, false)
  assert.deepEqual(stored(db), [])
  await done
  assert.deepEqual(stored(db), [1])
  db.close()
})

test('a job that throws rejects alone; the others of its group are stored', async () => {
  const db = openWithTable()
  const group = new GroupCommit({ db }, () => {})
  const outcomes = await Promise.allSettled([group.run(insert(1)), group.run(insert(1)), group.run(insert(2))])
  assert.deepEqual(
    outcomes.map(outcome => outcome.status),
    ['fulfilled', 'rejected', 'fulfilled'],
  )
  assert.deepEqual(stored(db), [1, 2])
  assert.equal(group.trouble, null)
  db.close()
})

test('more jobs than a transaction may hold are several commits, all in their order', async () => {
  const db = openWithTable()
  const commits: number[] = []
  const group = new GroupCommit({ db }, seconds => commits.push(seconds))
  const jobs = Array.from({ length: 2 * MOST_JOBS + 1 }, (_, n) => group.run(insert(n)))
  await jobs[0]
  assert.equal(stored(db).length, MOST_JOBS)
  await Promise.all(jobs)
  assert.equal(stored(db).length, jobs.length)
  assert.equal(commits.length, 3)
  db.close()
})

test('what is still collecting is stored when the ledger closes, however much it is', async () => {
  const db = openWithTable()
  const group = new GroupCommit({ db }, () => {})
  const jobs = Array.from({ length: MOST_JOBS + 1 }, (_, n) => group.run(insert(n)))
  group.flush()
  assert.equal(stored(db).length, jobs.length)
  await Promise.all(jobs)
  db.close()
})

test('a disk that cannot write rejects the whole group in words; only something stored ends the trouble', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vietqr-full-'))
  const db = openDatabase(join(folder, 'small.db'))
  db.exec('CREATE TABLE t (n INTEGER PRIMARY KEY, filler TEXT) STRICT')
  // A page limit is how SQLite lets a test have a full disk.
  db.pragma(`max_page_count = ${db.pragma('page_count', { simple: true })}`)
  const group = new GroupCommit({ db }, () => {})
  const big = (n: number) => (open: Db) =>
    open.prepare('INSERT INTO t VALUES (?, ?)').run(n, 'x'.repeat(90_000)).changes
  const outcomes = await Promise.allSettled([group.run(big(1)), group.run(big(2))])
  for (const outcome of outcomes) {
    assert.equal(outcome.status, 'rejected')
    assert.ok(outcome.status === 'rejected' && outcome.reason instanceof LedgerUnavailableError)
  }
  assert.match(group.trouble ?? '', /the disk is full/)
  assert.deepEqual(await group.run(stored), [])
  assert.match(group.trouble ?? '', /the disk is full/, 'a group that only reads proves nothing')
  assert.throws(() => group.prove(), { code: 'SQLITE_FULL' })
  assert.match(group.trouble ?? '', /the disk is full/)

  db.pragma('max_page_count = 1000000')
  group.prove()
  assert.equal(group.trouble, null)
  assert.equal(await group.run(big(3)), 1)
  db.close()
  rmSync(folder, { recursive: true })
})

test('groups that store something are counted; those that read, and upkeep, are not', async () => {
  const db = openWithTable()
  const group = new GroupCommit({ db }, () => {})
  await group.run(stored)
  await group.aside(insert(1))
  assert.equal(group.writes, 0)
  await Promise.all([group.run(insert(2)), group.aside(insert(3))])
  assert.equal(group.writes, 1)
  db.close()
})

test('the database is opened durable: WAL and synchronous FULL', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vietqr-wal-'))
  const db = openDatabase(join(folder, 'gateway.db'))
  assert.equal(db.pragma('journal_mode', { simple: true }), 'wal')
  assert.equal(db.pragma('synchronous', { simple: true }), 2)
  db.exec('CREATE TABLE t (n INTEGER PRIMARY KEY) STRICT')
  assert.deepEqual(readdirSync(folder).sort(), ['gateway.db', 'gateway.db-wal'], 'no file is mapped into memory')
  db.close()
  rmSync(folder, { recursive: true })
})
