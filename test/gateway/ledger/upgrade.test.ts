import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import Database from 'better-sqlite3'
import { type Db, NewerDatabaseError, openDatabase } from '../../../gateway/ledger/sqlite/database.ts'
import { MIGRATIONS } from '../../../gateway/ledger/sqlite/migrations/index.ts'

/** SHA-256 of every migration. A line here never changes: databases in shops have had the migration as it was. */
const WRITTEN = [
  'c50f1bf42c0a718f31a1abed78b82fa2574462df68bc0fe2cf6e8c257eec79ba',
  'e2dd0c2e4d655e32dfdaae2503783298765136e03514cd8871ed5af57a2cc9b4',
  '314115070b7d4c5be322e6d53963c9b2ca5a7a53316be68cb0f3b2cab479ddca',
  '0c24f8353bcddd1182e9254ec40e4067ef6556215f1230e119e5a5d8a502fdff',
  'aa02a11d70b0017f107040d4ca24bd4b7c6a5de59fa251ca333ce3306611d94d',
  '50763c32eaa9834e80a4647650dd9c14a06381c5ac216961632cfc691368c24a',
  'b72a6ae29ea29a986147283e9ef18ef96f092079cf2ff572008eb7759da8bb2a',
  '16937db42ddf870c731f441403e08a184ee0e6a57362c875b94e868d82745156',
  '64e21aa9a0381af1846316fecae1c6a68d16ebe12fd29c5df432bf1349ffacae',
  '6a9cd25440039ce16b0df26e9218d179d9ab0b36a215ef61cb48701481c9b129',
  'f9e34cbc0d6c1dbc6a2c4e561d63f8057f3ea605997fc70f72c86c0c2b095e44',
  'cc298f5c0710a1e2480d531e24204f2f75015db96c571f3a30d9bd73883dc3b1',
  '0b0aaf05f26904150cef84becc2c16358e1aa5c6e0657c464b842f06f172bc4a',
  'be75e45a248c470376dc5ba7c79b524b87722d3c81b5d75ba43d3991f6733215',
  '01785cf9a4cdc47ae4683ca7ca3f1a13aacc29121b966a9b75f0508554c7b653',
  '9edfecbf8390c5573af0c7c8d5b0bf4069a956ac542236056bc0dad8653d9368',
  'add56d71c8044fad937c127042e5074420e5e671c20af583b20415a1fb5278d1',
  '4ba541666dd9398131c30c8afc3ec19a36ac6444ed4076414ba48c0e11f3458d',
  'f30402f153d3a4c1449f13eec8ccf7b7c3b857845ae55a8af5d10801b673edd3',
  'f0dc9184c49a58e18121079152e855538dea7701c9345e049042c19a028222a2',
]

const ONE = 'CREATE TABLE notes (n INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT;'
const TWO = "ALTER TABLE notes ADD COLUMN colour TEXT NOT NULL DEFAULT 'white';"
const THREE = 'CREATE INDEX notes_by_colour ON notes (colour);'

interface Place extends Disposable {
  readonly folder: string
  readonly file: string
}

function place(): Place {
  const folder = mkdtempSync(join(tmpdir(), 'vietqr-upgrade-'))
  return {
    folder,
    file: join(folder, 'gateway.db'),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  }
}

/** A database of these migrations with one row. */
function make(file: string, migrations: readonly string[]): void {
  const db = openDatabase(file, migrations)
  db.exec("INSERT INTO notes (text) VALUES ('kept')")
  db.close()
}

function look<T>(file: string, see: (db: Db) => T): T {
  const db = new Database(file)
  try {
    return see(db)
  } finally {
    db.close()
  }
}

const version = (db: Db): unknown => db.pragma('user_version', { simple: true })
const notes = (db: Db): unknown[] => db.prepare('SELECT * FROM notes').all()
const copies = ({ folder }: Place): string[] =>
  readdirSync(folder)
    .filter(name => name.includes('before'))
    .sort()

test('a migration never changes once it is written: a later change is a later migration', () => {
  const present = MIGRATIONS.map(sql => createHash('sha256').update(sql).digest('hex'))
  assert.deepEqual(present, WRITTEN)
})

test('a new database has every migration and needs no copy', () => {
  using at = place()
  make(at.file, [ONE, TWO])
  assert.equal(look(at.file, version), 2)
  assert.deepEqual(copies(at), [])
})

test('an existing database is copied before it is brought to a new schema; the copy is whole and for its owner alone', () => {
  using at = place()
  make(at.file, [ONE])
  openDatabase(at.file, [ONE, TWO, THREE]).close()
  assert.equal(look(at.file, version), 3)
  assert.deepEqual(look(at.file, notes), [{ n: 1, text: 'kept', colour: 'white' }])

  assert.deepEqual(copies(at), ['gateway.db.before-3'])
  const copy = `${at.file}.before-3`
  assert.equal(statSync(copy).mode & 0o777, 0o600)
  assert.equal(look(copy, version), 1)
  assert.deepEqual(look(copy, notes), [{ n: 1, text: 'kept' }])
})

test('what was committed but is still in the log of a killed process is in the copy', () => {
  using at = place()
  const db = openDatabase(at.file, [ONE])
  db.exec("INSERT INTO notes (text) VALUES ('in the log')")
  const left = ['', '-wal'].map(end => ({ end, bytes: readFileSync(`${at.file}${end}`) }))
  db.close()
  for (const { end, bytes } of left) writeFileSync(`${at.file}${end}`, bytes)
  openDatabase(at.file, [ONE, TWO]).close()
  assert.deepEqual(look(`${at.file}.before-2`, notes), [{ n: 1, text: 'in the log' }])
})

test('a database of this schema is opened without a copy', () => {
  using at = place()
  make(at.file, [ONE, TWO])
  openDatabase(at.file, [ONE, TWO]).close()
  assert.deepEqual(copies(at), [])
})

test('a migration that fails leaves the database at the schema it had, and says where the copy is', () => {
  using at = place()
  make(at.file, [ONE])
  assert.throws(
    () => openDatabase(at.file, [ONE, TWO, 'CREATE TABLE half (n INTEGER) STRICT; INSERT INTO nowhere VALUES (1);']),
    {
      code: 'UPGRADE_FAILED',
      message: /from schema 1 to 3 and is as it was; a copy of it is .*before-3\. The reason: .*nowhere; install/,
    },
  )
  assert.equal(look(at.file, version), 1)
  assert.deepEqual(look(at.file, notes), [{ n: 1, text: 'kept' }])
  openDatabase(at.file, [ONE]).close()
  openDatabase(at.file, [ONE, TWO]).close()
  assert.equal(look(at.file, version), 2)
})

test('a migration that leaves rows which refer to nothing fails', () => {
  using at = place()
  make(at.file, [ONE])
  const broken = 'CREATE TABLE lines (of_note INTEGER REFERENCES notes (n)) STRICT; INSERT INTO lines VALUES (7);'
  assert.throws(() => openDatabase(at.file, [ONE, broken]), { code: 'UPGRADE_FAILED', message: /refer to nothing/ })
  assert.equal(look(at.file, version), 1)
})

test('a migration may build a table anew without losing the rows that refer to it', () => {
  using at = place()
  const lines = 'CREATE TABLE lines (of_note INTEGER REFERENCES notes (n) ON DELETE CASCADE) STRICT;'
  make(at.file, [ONE, lines])
  look(at.file, db => db.exec('INSERT INTO lines VALUES (1)'))
  const anew = `CREATE TABLE other (n INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT;
    INSERT INTO other SELECT n, text FROM notes; DROP TABLE notes; ALTER TABLE other RENAME TO notes;`
  openDatabase(at.file, [ONE, lines, anew]).close()
  assert.deepEqual(
    look(at.file, db => db.prepare('SELECT * FROM lines').all()),
    [{ of_note: 1 }],
  )
})

test('a damaged database is not brought to a new schema', () => {
  using at = place()
  const db = openDatabase(at.file, [ONE])
  const insert = db.prepare('INSERT INTO notes (text) VALUES (?)')
  for (let n = 0; n < 200; n += 1) insert.run('x'.repeat(500))
  db.close()
  const bytes = readFileSync(at.file)
  bytes.fill(0xff, 4096 * 3, 4096 * 5)
  writeFileSync(at.file, bytes)
  assert.throws(() => openDatabase(at.file, [ONE, TWO]), { code: 'UPGRADE_FAILED', message: /before it is backed up/ })
  assert.equal(look(at.file, version), 1)
  assert.deepEqual(copies(at), [])
})

test('the copies of the last three upgrades are kept, and what a killed process left of one is removed', () => {
  using at = place()
  const many = [ONE, TWO, THREE, ...[4, 5, 6].map(n => `CREATE TABLE t${n} (n INTEGER) STRICT;`)]
  make(at.file, [ONE])
  writeFileSync(`${at.file}.before-2.0123456789ab.tmp`, 'half a copy')
  for (let schema = 2; schema <= many.length; schema += 1) openDatabase(at.file, many.slice(0, schema)).close()
  assert.deepEqual(copies(at), ['gateway.db.before-4', 'gateway.db.before-5', 'gateway.db.before-6'])
})

test('a database of a newer program is refused with the remedy and left as it is', () => {
  using at = place()
  make(at.file, [ONE])
  for (const migrations of [
    [ONE, TWO],
    [ONE, TWO, THREE],
  ])
    openDatabase(at.file, migrations).close()
  const before = readFileSync(at.file)
  const refused = (says: RegExp) => (error: unknown) => error instanceof NewerDatabaseError && says.test(error.message)
  assert.throws(
    () => openDatabase(at.file, [ONE]),
    refused(
      /has schema 3, this program knows 1: install the newer program again, or restore .*gateway\.db\.before-2 in/,
    ),
  )
  assert.throws(() => openDatabase(at.file, [ONE, TWO]), refused(/or restore .*gateway\.db\.before-3 in its place$/))
  for (const copy of copies(at)) rmSync(join(at.folder, copy))
  assert.throws(() => openDatabase(at.file, [ONE]), refused(/or restore a backup made before the upgrade$/))
  assert.deepEqual(readFileSync(at.file), before)
})

test('the copy in its place is the database of before', () => {
  using at = place()
  make(at.file, [ONE])
  openDatabase(at.file, [ONE, TWO]).close()
  renameSync(`${at.file}.before-2`, at.file)
  const db = openDatabase(at.file, [ONE])
  assert.deepEqual(notes(db), [{ n: 1, text: 'kept' }])
  db.close()
})

test('payments and deliveries keep their rows when their tables are built anew, and still take none but their words', () => {
  using at = place()
  const old = openDatabase(at.file, MIGRATIONS.slice(0, 17))
  old.exec(`INSERT INTO payments (payment_id, bank_account, reference_number, terminal_code, amount, direction, settled, match, source,
      confirmed, content, received_at, host_time_paid, raw_id)
    VALUES ('P1', '9990000001', 'FT1', 'SHOP01', 25000, 'in', 1, 'none', 'bdsd', 0, 'CAPHE', 5, NULL, 7);
    INSERT INTO raw_messages (raw_id, topic, payload, received_at, order_id)
    VALUES (7, 'vietqr/bdsd/SHOP01', x'7b7d', 5, NULL), (8, 'vietqr/response-status/SHOP01', x'7b', 6, 'ORDER1');
    INSERT INTO deliveries (seq, id, device_id, kind, payment_id, body, state, attempts, created_at, summary_id, heard_at)
    VALUES (41, 'D1', 'sound-1', 'announce', 'P1', '{}', 'sent', 2, 6, 'D0', 5);`)
  const row = (db: Db, table: string): unknown => db.prepare(`SELECT * FROM ${table}`).get()
  const delivery = row(old, 'deliveries')
  const { raw_id, ...payment } = old.prepare<[], Record<string, unknown>>('SELECT * FROM payments').get() ?? {}
  old.close()
  const db = openDatabase(at.file)
  assert.deepEqual(row(db, 'deliveries'), delivery)
  const raw = { raw_topic: 'vietqr/bdsd/SHOP01', raw_payload: Buffer.from('{}') }
  assert.deepEqual(row(db, 'payments'), { seq: 1, ...payment, ...raw }, `with message ${String(raw_id)} in its row`)
  assert.deepEqual(db.prepare('SELECT order_id FROM raw_messages').all(), [{ order_id: 'ORDER1' }])
  for (const [table, column] of [
    ['payments', 'match'],
    ['payments', 'source'],
    ['deliveries', 'kind'],
    ['deliveries', 'state'],
  ]) {
    assert.throws(() => db.exec(`UPDATE ${table} SET ${column} = 'other'`), { code: 'SQLITE_CONSTRAINT_CHECK' })
  }
  const indexes = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL").pluck().all()
  for (const name of ['payments_of_order', 'payments_to_confirm', 'deliveries_open', 'one_vend_per_order']) {
    assert.ok(indexes.includes(name), name)
  }
  db.close()
})
