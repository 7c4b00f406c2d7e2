import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { refuseForeign, refuseStranger } from '../../../gateway/http/guard.ts'

const NAMES = ['Shop-PC', 'gateway.example']

describe('Host', () => {
  const known = [
    'localhost',
    'localhost:8080',
    'LOCALHOST',
    'localhost.',
    '127.0.0.1',
    '127.0.0.1:8080',
    '192.168.1.10:80',
    '[::1]',
    '[::1]:8080',
    '[fe80::1]',
    'shop-pc',
    'SHOP-PC:8080',
    'gateway.example',
    'gateway.example.:443',
  ]
  for (const host of known) {
    it(`${host} is answered`, () => assert.equal(refuseForeign({ host }, NAMES), undefined))
  }

  const foreign = [
    undefined,
    '',
    'evil.example',
    'evil.example:8080',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    'evil-localhost',
    'shop-pc.evil.example',
    'sub.gateway.example',
    'localhost@evil.example',
    'evil.example#localhost',
    'localhost, evil.example',
    'localhost evil.example',
    'localhost:80:80',
    'localhost:http',
    '127.1',
    '2130706433',
    '0x7f.0.0.1',
    '[evil.example]',
    '[127.0.0.1]',
    '::1',
    ':8080',
    '.',
  ]
  for (const host of foreign) {
    it(`${JSON.stringify(host)} is refused with 403`, () => {
      assert.deepEqual(pick(refuseForeign({ host }, NAMES)), { status: 403, code: 'HOST_NOT_ALLOWED' })
    })
  }
})

describe('Origin', () => {
  const same: [host: string, origin: string | undefined][] = [
    ['localhost:8080', undefined],
    ['localhost:8080', 'http://localhost:8080'],
    ['localhost:8080', 'HTTP://LOCALHOST:8080'],
    ['localhost', 'http://localhost'],
    ['localhost', 'http://localhost:80'],
    ['gateway.example', 'https://gateway.example'],
    ['gateway.example:443', 'https://gateway.example'],
    ['[::1]:8080', 'http://[::1]:8080'],
  ]
  for (const [host, origin] of same) {
    it(`${origin ?? 'none'} to ${host} is answered`, () => {
      assert.equal(refuseForeign({ host, origin }, NAMES), undefined)
    })
  }

  const other: [host: string, origin: string][] = [
    ['localhost:8080', 'http://evil.example'],
    ['localhost:8080', 'http://localhost'],
    ['localhost:8080', 'http://localhost:3000'],
    ['localhost:8080', 'http://127.0.0.1:8080'],
    ['localhost:8080', 'null'],
    ['localhost:8080', ''],
    ['localhost:8080', 'file://localhost:8080'],
    ['localhost:8080', 'http://localhost:8080@evil.example'],
    ['localhost:8080', 'http://localhost:8080.evil.example'],
    ['localhost:8080', 'http://localhost:8080, http://evil.example'],
    ['gateway.example', 'http://gateway.example:8080'],
  ]
  for (const [host, origin] of other) {
    it(`${JSON.stringify(origin)} to ${host} is refused with 403`, () => {
      assert.deepEqual(pick(refuseForeign({ host, origin }, NAMES)), { status: 403, code: 'ORIGIN_NOT_ALLOWED' })
    })
  }
})

describe('the token', () => {
  const token = 'fake-Token-1'
  for (const right of ['Bearer fake-Token-1', 'bearer fake-Token-1', 'Bearer   fake-Token-1 ']) {
    it(`${right} is let in`, () => assert.equal(refuseStranger(right, token), undefined))
  }
  const wrong = [
    undefined,
    '',
    'Bearer',
    'Bearer ',
    'Bearer fake-token-1',
    'Bearer fake-Token-',
    'Bearer fake-Token-12',
    'fake-Token-1',
    'Basic fake-Token-1',
    'Bearer fake-Token-1 x',
  ]
  for (const header of wrong) {
    it(`${JSON.stringify(header)} is refused with 401`, () => {
      assert.deepEqual(pick(refuseStranger(header, token)), { status: 401, code: 'TOKEN_REQUIRED' })
    })
  }
  it('is not asked for where none is configured', () => assert.equal(refuseStranger(undefined, undefined), undefined))
})

function pick(refusal: ReturnType<typeof refuseForeign>) {
  return refusal === undefined ? undefined : { status: refusal.status, code: refusal.code }
}
