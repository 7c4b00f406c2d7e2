import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ListenError } from '../../../gateway/broker/listeners.ts'
import { PkiError } from '../../../gateway/broker/pki.ts'
import { explain } from '../../../gateway/cli/explain.ts'
import { ConfigError } from '../../../gateway/config/error.ts'
import { CommandFailure } from '../../../gateway/control/failure.ts'
import { HostSettingsError } from '../../../gateway/host/transport.ts'
import { HttpListenError } from '../../../gateway/http/server.ts'
import { NewerDatabaseError } from '../../../gateway/ledger/sqlite/database.ts'

const KNOWN: readonly (readonly [Error, number])[] = [
  [new CommandFailure(6, 'too late'), 6],
  [new ConfigError([{ path: 'site', message: 'is missing; write one' }]), 3],
  [new HostSettingsError('no address'), 3],
  [new NewerDatabaseError('schema 9'), 8],
  [new ListenError({ protocol: 'mqtt', host: '127.0.0.1', port: 1883 }, 'taken'), 1],
  [new HttpListenError('taken'), 1],
  [new PkiError('unreadable'), 1],
]

describe('how an error ends a command', () => {
  for (const [error, exitCode] of KNOWN) {
    it(`${error.name} has a sentence of its own, exit ${exitCode}`, () => {
      const { lines, ...rest } = explain(error)
      assert.deepEqual(rest, { exitCode })
      assert.equal(lines.length, 1)
      assert.match(lines[0] ?? '', new RegExp(`${error.message.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`))
    })
  }

  it('anything else is one harmless line that says where to look, exit 1', () => {
    for (const thrown of [new TypeError('x is no function\u001b[2J\nat line 2'), 'a text', undefined]) {
      const { exitCode, lines } = explain(thrown)
      assert.equal(exitCode, 1)
      assert.equal(lines.length, 1)
      assert.match(lines[0] ?? '', /^vietqr-gateway: [^\p{C}]+ \(VIETQR_DEBUG=1 shows where\)$/u)
    }
  })

  it('what the system refuses is said with what would be right', () => {
    const refused = (code: string, path: string) => explain(Object.assign(new Error(code), { code, path })).lines[0]
    assert.match(refused('EACCES', '/srv/data/control.sock') ?? '', /as the user the gateway runs as$/)
    assert.match(refused('ENOSPC', '/srv/data') ?? '', /has room$/)
    assert.match(refused('EEXIST', '/srv/data') ?? '', /a folder is needed there; move it away, or name another$/)
    assert.match(refused('EISDIR', '/srv/data') ?? '', /is a folder; name a file$/)
    assert.match(refused('ENOTDIR', '/srv/file/data') ?? '', /is a file and no folder; name another$/)
    assert.match(refused('ENOENT', '/srv/none') ?? '', /does not exist; make it, or name another$/)
    assert.match(refused('SQLITE_CORRUPT', '') ?? '', /^vietqr-gateway: the database cannot be used \(SQLITE_CORRUPT/)
  })
})
