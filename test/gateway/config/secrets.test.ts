import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { parseSettings } from '../../../gateway/config/load.ts'
import { loadSecrets, readSecret } from '../../../gateway/config/secrets.ts'
import { makeAuthority } from '../../support/certificates.ts'
import { problemsOf } from './problems.ts'

const folder = mkdtempSync(join(tmpdir(), 'vietqr-secrets-'))
after(() => rmSync(folder, { recursive: true }))

const authority = await makeAuthority()
const { cert, key } = await authority.issue({ names: ['gateway.example'] })
const PEM = cert.trimEnd()
const KEY = key.trimEnd()

function write(name: string, content: string | Uint8Array, mode = 0o600): string {
  const file = join(folder, name)
  writeFileSync(file, content)
  chmodSync(file, mode)
  return file
}

function secretsOf(sections: object, env: NodeJS.ProcessEnv = {}) {
  const host = { url: 'mqtts://broker.example', username: 'partner' }
  return loadSecrets(parseSettings({ site: 'shop-1', host, ...sections }, folder, {}), env)
}

function withHost(keys: object, env: NodeJS.ProcessEnv = {}) {
  return secretsOf({ host: { url: 'mqtts://broker.example', username: 'partner', ...keys } }, env)
}

describe('secrets', () => {
  it('are none where none is named', () => {
    assert.deepEqual(secretsOf({}), {})
    assert.deepEqual(secretsOf({}, { VIETQR_HOST_PASSWORD: '', VIETQR_BOX_KEY: '' }), {})
  })

  it('come from every key that names a file', () => {
    write('key', `${KEY}\n`)
    write('public-pem', `${PEM}\n`, 0o644)
    for (const name of ['password', 'box-key', 'box-password', 'broker-password', 'token'])
      write(name, `fake-${name}\n`)
    const secrets = secretsOf({
      host: {
        url: 'mqtts://broker.example',
        username: 'partner',
        passwordFile: 'password',
        caFile: 'public-pem',
        certFile: 'public-pem',
        keyFile: 'key',
        boxKeyFile: 'box-key',
      },
      broker: {
        mode: 'external',
        url: 'mqtt://127.0.0.1',
        username: 'gateway',
        passwordFile: 'broker-password',
        vietqrBoxes: { listen: 'mqtt://127.0.0.1:0', username: 'box', passwordFile: 'box-password' },
      },
      http: { tokenFile: 'token' },
    })
    assert.deepEqual(secrets, {
      hostPassword: 'fake-password',
      hostCa: PEM,
      hostCert: PEM,
      hostKey: KEY,
      boxKey: 'fake-box-key',
      brokerPassword: 'fake-broker-password',
      boxesPassword: 'fake-box-password',
      httpToken: 'fake-token',
    })
  })

  it('come from VIETQR_HOST_PASSWORD and VIETQR_BOX_KEY as they are', () => {
    const env = { VIETQR_HOST_PASSWORD: 'fake-1\n', VIETQR_BOX_KEY: 'fake-2' }
    assert.deepEqual(secretsOf({}, env), { hostPassword: 'fake-1\n', boxKey: 'fake-2' })
  })

  it('come from the file where a file and a variable are given, also when the file cannot be used', () => {
    write('chosen', 'fake-from-file')
    const env = { VIETQR_HOST_PASSWORD: 'fake-from-env' }
    assert.equal(withHost({ passwordFile: 'chosen' }, env).hostPassword, 'fake-from-file')
    const problems = problemsOf(() => withHost({ passwordFile: 'not-there' }, env))
    assert.deepEqual(
      problems.map(({ path }) => path),
      ['host.passwordFile'],
    )
  })

  const endings: [written: string, secret: string][] = [
    ['fake', 'fake'],
    ['fake\n', 'fake'],
    ['fake\r\n', 'fake'],
    ['fake\n\n', 'fake\n'],
    ['fake\r\n\r\n', 'fake\r\n'],
    ['fake\r', 'fake\r'],
    [' fake ', ' fake '],
    ['\nfake', '\nfake'],
    ['mật khẩu giả\n', 'mật khẩu giả'],
    ['\ufefffake', '\ufefffake'],
  ]
  for (const [written, secret] of endings) {
    it(`lose exactly one line break at the end: ${JSON.stringify(written)}`, () => {
      const file = write('ending', written)
      assert.equal(readSecret({ path: 'host.passwordFile', file }, {}), secret)
    })
  }

  for (const mode of [0o600, 0o400, 0o700]) {
    it(`may lie in a file of mode ${mode.toString(8)}`, () => {
      write('mode', 'fake', mode)
      assert.equal(withHost({ passwordFile: 'mode' }).hostPassword, 'fake')
    })
  }

  for (const mode of [0o640, 0o620, 0o610, 0o604, 0o602, 0o601, 0o644, 0o777]) {
    it(`are refused from a file of mode ${mode.toString(8)}`, () => {
      const file = write('mode', 'fake', mode)
      const [problem] = problemsOf(() => withHost({ passwordFile: 'mode' }))
      assert.equal(problem?.path, 'host.passwordFile')
      assert.match(problem.message, new RegExp(`${file} has mode 0${mode.toString(8)}.*chmod 600`))
    })
  }

  it('are refused with the key of each: mode, absence and content', () => {
    write('open', PEM, 0o644)
    write('closed', PEM)
    write('not-pem', 'fake')
    write('two-words', 'fake token')
    const problems = problemsOf(() =>
      secretsOf({
        host: {
          url: 'mqtts://broker.example',
          username: 'partner',
          passwordFile: 'open',
          caFile: 'not-pem',
          certFile: 'absent',
          keyFile: 'open',
          boxKeyFile: 'open',
        },
        broker: { vietqrBoxes: { username: 'box', passwordFile: 'open' } },
        http: { tokenFile: 'two-words' },
      }),
    )
    assert.deepEqual(problems.map(({ path }) => path).sort(), [
      'broker.vietqrBoxes.passwordFile',
      'host.boxKeyFile',
      'host.caFile',
      'host.certFile',
      'host.keyFile',
      'host.passwordFile',
      'http.tokenFile',
    ])
    const of = (path: string) => problems.find(problem => problem.path === path)?.message ?? ''
    assert.match(of('host.caFile'), /should be PEM text of one or more whole X\.509 certificates/)
    assert.match(of('host.certFile'), /there is no file .*absent/)
    assert.match(of('http.tokenFile'), /without spaces/)
    assert.doesNotMatch(JSON.stringify(problems), /fake/)
  })

  it('of certificates and keys are read, not just looked at', async () => {
    const half = `${PEM.slice(0, PEM.length / 2)}\n-----END CERTIFICATE-----`
    const other = await authority.issue({ names: ['other.example'] })
    write('half', half)
    write('bundle', `${PEM}\n${other.cert}`, 0o644)
    write('half-bundle', `${PEM}\n${half}`, 0o644)
    write('cert', PEM, 0o644)
    write('key', KEY)
    write('other-key', other.key)
    const locked = generateKeyPairSync('ec', {
      namedCurve: 'P-256',
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'fake' },
    })
    write('locked', locked.privateKey)
    assert.equal(withHost({ caFile: 'bundle' }).hostCa, `${PEM}\n${other.cert}`.trimEnd())
    const refusals: [keys: object, path: string, message: RegExp][] = [
      [{ caFile: 'half' }, 'host.caFile', /whole X\.509 certificates/],
      [{ caFile: 'half-bundle' }, 'host.caFile', /whole X\.509 certificates/],
      [{ caFile: 'key' }, 'host.caFile', /whole X\.509 certificates/],
      [{ certFile: 'cert', keyFile: 'locked' }, 'host.keyFile', /without a passphrase/],
      [{ certFile: 'cert', keyFile: 'half' }, 'host.keyFile', /private key/],
      [{ certFile: 'cert', keyFile: 'other-key' }, 'host.keyFile', /not the key of the first certificate/],
    ]
    for (const [keys, path, message] of refusals) {
      const [problem] = problemsOf(() => withHost(keys))
      assert.equal(problem?.path, path)
      assert.match(problem.message, message)
    }
  })

  const strange: [title: string, make: (file: string) => void, message: RegExp][] = [
    ['a folder', file => mkdirSync(file), /not a regular file/],
    [
      'a named pipe, without waiting for it',
      file => execFileSync('/bin/sh', ['-c', 'mkfifo -m 600 "$0"', file]),
      /not a regular file/,
    ],
    ['a device', file => symlinkSync('/dev/zero', file), /not a regular file/],
    ['an empty file', file => writeFileSync(file, '', { mode: 0o600 }), /is empty/],
    ['a file with one line break', file => writeFileSync(file, '\n', { mode: 0o600 }), /is empty/],
    ['a large file', file => writeFileSync(file, 'x'.repeat(65_537), { mode: 0o600 }), /65537 bytes/],
    ['bytes that are no UTF-8', file => writeFileSync(file, new Uint8Array([0xff]), { mode: 0o600 }), /not UTF-8/],
  ]
  for (const [index, [title, make, message]] of strange.entries()) {
    it(`are refused from ${title}`, () => {
      const name = `strange-${index}`
      make(join(folder, name))
      const [problem] = problemsOf(() => withHost({ boxKeyFile: name }))
      assert.equal(problem?.path, 'host.boxKeyFile')
      assert.match(problem.message, message)
    })
  }

  it('may be links to files that are closed to others, as containers mount them', () => {
    symlinkSync(write('target', 'fake'), join(folder, 'link'))
    assert.equal(withHost({ passwordFile: 'link' }).hostPassword, 'fake')
    symlinkSync(write('open-target', 'fake', 0o644), join(folder, 'open-link'))
    assert.equal(problemsOf(() => withHost({ passwordFile: 'open-link' })).length, 1)
  })

  it('of an external broker are left alone while the broker is embedded', () => {
    assert.deepEqual(secretsOf({ broker: { username: 'gateway', passwordFile: 'not-there' } }), {})
  })
})
