import assert from 'node:assert/strict'
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import Database from 'better-sqlite3'
import { DataDirLock } from '../../../gateway/ledger/sqlite/lock.ts'
import { ADD_TERMINAL, cli, json, Program, shop, shopWith } from './support.ts'

describe('without a running gateway', { concurrency: 4 }, () => {
  // First, because it waits while the others work.
  it('a command gives up after five seconds while another process has the dataDir, exit 1', async () => {
    const folder = await shopWith('T1')
    const lock = DataDirLock.take(join(folder, 'data'), 0)
    const begun = performance.now()
    const { code, stdout, stderr } = await cli(folder, ['terminals', 'list', '--json', '--quiet'])
    lock.release()
    assert.deepEqual({ code, stdout }, { code: 1, stdout: '' })
    assert.match(stderr, new RegExp(`^vietqr-gateway: .* is in use by process ${process.pid}: [^\n]*\n$`))
    assert.ok(performance.now() - begun >= 5_000)
  })

  it('lists are empty and nothing is found where nothing was stored, and no file is made', async () => {
    const folder = shop()
    assert.deepEqual(await json(folder, ['devices', 'list']), [])
    await Promise.all(
      [
        ['terminals', 'show', 'T1'],
        ['devices', 'pair', 'pos', '--terminal', 'T1'],
        ['orders', 'show', 'ABC'],
      ].map(async args => {
        const { code, stdout, stderr } = await cli(folder, args)
        assert.deepEqual({ code, stdout }, { code: 5, stdout: '' }, args.join(' '))
        assert.match(stderr, /^vietqr-gateway: there is no /)
      }),
    )
    assert.deepEqual(readdirSync(folder), ['gateway.yaml'])
  })

  it('an empty list says so to people on stderr, and not with --quiet', async () => {
    const folder = shop()
    const [said, quiet] = await Promise.all([
      cli(folder, ['payments', 'list']),
      cli(folder, ['payments', 'list', '--quiet']),
    ])
    assert.deepEqual(said, { code: 0, stdout: '', stderr: 'no payments yet\n' })
    assert.deepEqual(quiet, { code: 0, stdout: '', stderr: '' })
  })

  it('what needs the gateway exits 4 and makes nothing', async () => {
    const folder = shop()
    await Promise.all(
      [
        ['status'],
        ['orders', 'create', '--terminal', 'T1', '--amount', '25000', '--wait'],
        ['lookup', '--terminal', 'T1', '--order', 'ABC'],
        ['simulate', 'ABC'],
      ].map(async args => {
        const { code, stdout, stderr } = await cli(folder, args)
        assert.deepEqual({ code, stdout }, { code: 4, stdout: '' }, args.join(' '))
        assert.match(stderr, /the gateway is not running/)
      }),
    )
    assert.deepEqual(readdirSync(folder), ['gateway.yaml'])
  })

  it('simulate in production exits 7', async () => {
    const folder = shop({ environment: 'production' })
    const { code, stderr } = await cli(folder, ['simulate', 'ABC'])
    assert.equal(code, 7)
    assert.match(stderr, /SANDBOX_ONLY/)
    assert.deepEqual(readdirSync(folder), ['gateway.yaml'])
  })

  it('arguments that cannot be right exit 2 and make nothing', async () => {
    const folder = shop()
    const { code, stderr } = await cli(folder, [...ADD_TERMINAL.slice(0, -1), 'NGUYỄN VĂN MẪU'])
    assert.equal(code, 2)
    assert.match(stderr, /holder: .*without/)
    assert.deepEqual(readdirSync(folder), ['gateway.yaml'])
  })

  it('the registry is kept in a dataDir for its owner alone', async () => {
    const folder = shop()
    const name = 'Quán Phở “Số Một”'
    const added = await json(folder, [...ADD_TERMINAL, '--name', name])
    assert.equal(added.name, name)
    assert.equal(statSync(join(folder, 'data')).mode & 0o777, 0o700)
    const [shown, listed, again] = await Promise.all([
      json(folder, ['terminals', 'show', 'T1']),
      json(folder, ['terminals', 'list']),
      cli(folder, ADD_TERMINAL),
    ])
    assert.deepEqual(shown, added)
    assert.deepEqual(listed, [added])
    assert.equal(again.code, 1)
    assert.match(again.stderr, /exists already/)

    const card = await json(folder, [
      'devices',
      'pair',
      'soundbox',
      '--terminal',
      'T1',
      '--id',
      'loa-1',
      '--name',
      'Loa quầy',
    ])
    assert.deepEqual(Object.keys(card), [
      ...['deviceId', 'kind', 'terminalCode', 'username', 'password', 'urls', 'root', 'caFingerprint'],
      'provisioningUri',
    ])
    const device = await json(folder, ['devices', 'show', 'loa-1'])
    assert.equal(device.name, 'Loa quầy')
    assert.equal(device.online, false)
    const inUse = await cli(folder, ['terminals', 'remove', 'T1'])
    assert.equal(inUse.code, 1)
    assert.match(inUse.stderr, /still has devices/)
    assert.deepEqual(await json(folder, ['devices', 'remove', 'loa-1']), {
      deviceId: 'loa-1',
      removed: true,
      deliveriesEnded: 0,
      ordersEnded: [],
    })
    assert.deepEqual(await cli(folder, ['terminals', 'remove', 'T1']), {
      code: 0,
      stdout: 'terminal T1 removed\n',
      stderr: '',
    })
  })

  it('every change is in the audit trail, which can be verified, and a changed entry exits 1', async () => {
    const folder = shop()
    await json(folder, ADD_TERMINAL)
    await json(folder, ['devices', 'pair', 'soundbox', '--terminal', 'T1', '--id', 'loa-1'])
    const [entry, ...others] = await json(folder, ['audit', 'list'])
    assert.deepEqual(
      { ...entry, at: '', hash: '' },
      {
        seq: 2,
        at: '',
        who: userInfo().username,
        via: 'cli',
        action: 'devices pair',
        subject: 'loa-1',
        details: { kind: 'soundbox', terminalCode: 'T1', name: 'loa-1', counter: null },
        hash: '',
      },
    )
    assert.equal(others.length, 1)
    assert.deepEqual(await json(folder, ['audit', 'verify']), { ok: true, entries: 2, head: entry.hash, broken: null })
    const db = new Database(join(folder, 'data', 'gateway.db'))
    db.exec("DROP TRIGGER audit_unchanged; UPDATE audit SET who = 'nobody' WHERE seq = 2")
    db.close()
    const { code, stdout } = await cli(folder, ['audit', 'verify'])
    assert.equal(code, 1)
    assert.match(stdout, /^entry 2 is broken: its words were changed; /)
  })

  it('paths in the configuration count from its own folder', async () => {
    const folder = shop({ more: 'dataDir: ./kho' })
    const { code } = await cli('/', ['--config', join(folder, 'gateway.yaml'), ...ADD_TERMINAL])
    assert.equal(code, 0)
    assert.ok(existsSync(join(folder, 'kho', 'gateway.db')))
  })

  it('--limit takes the newest, 0 takes all', async () => {
    const folder = await shopWith('T1', 'T2', 'T3')
    const codes = async (limit: string): Promise<string[]> =>
      (await json(folder, ['terminals', 'list', '--limit', limit])).map(
        (terminal: { terminalCode: string }) => terminal.terminalCode,
      )
    assert.deepEqual(await codes('2'), ['T3', 'T2'])
    assert.deepEqual(await codes('0'), ['T3', 'T2', 'T1'])
  })

  it('a database of a newer program exits 8', async () => {
    const folder = await shopWith('T1')
    const db = new Database(join(folder, 'data', 'gateway.db'))
    db.pragma('user_version = 999')
    db.close()
    const ends = await Promise.all([cli(folder, ['terminals', 'list']), cli(folder, ['run'])])
    for (const { code, stdout, stderr } of ends) {
      assert.deepEqual({ code, stdout }, { code: 8, stdout: '' })
      assert.match(stderr, /has schema 999/)
    }
  })

  it('a file that is no database is said in one line, exit 1, with the stack only on request', async () => {
    const folder = await shopWith('T1')
    const db = new Database(join(folder, 'data', 'gateway.db'))
    db.pragma('journal_mode = DELETE')
    db.close()
    writeFileSync(join(folder, 'data', 'gateway.db'), 'this is no database, '.repeat(300))
    const [said, debugged] = await Promise.all([
      cli(folder, ['terminals', 'list']),
      cli(folder, ['terminals', 'list'], { VIETQR_DEBUG: '1' }),
    ])
    assert.equal(said.code, 1)
    assert.match(said.stderr, /^vietqr-gateway: the database cannot be used [^\n]*\n$/)
    assert.match(debugged.stderr, /\n {4}at /)
  })

  it('a command waits for another process to leave the dataDir', async () => {
    const folder = await shopWith('T1')
    const lock = DataDirLock.take(join(folder, 'data'), 0)
    const waiting = new Program(folder, ['terminals', 'list', '--json'])
    await waiting.says(/in use by another process; waiting/)
    lock.release()
    const { code, stdout } = await waiting.end()
    assert.equal(code, 0)
    assert.equal(JSON.parse(stdout).length, 1)
  })
})
