import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { DEAD_LETTER_MESSAGES, ERROR_MESSAGES, GatewayError } from '../../protocol/errors.ts'

const CODES = [
  'INVALID_MESSAGE',
  'AMOUNT_INVALID',
  'CONTENT_INVALID',
  'REQUEST_CONFLICT',
  'ORDER_UNKNOWN',
  'ORDER_CLOSED',
  'HOST_DOWN',
  'HOST_SILENT',
  'HOST_REFUSED',
  'ACCOUNT_UNKNOWN',
  'QR_MISMATCH',
  'NOT_ALLOWED',
  'SANDBOX_ONLY',
  'RATE_LIMITED',
  'TERMINAL_UNKNOWN',
]
const REASONS = ['MALFORMED', 'CONFLICT', 'TERMINAL_MISMATCH', 'UNMATCHED_ANSWER']

describe('the error codes', () => {
  it('are those devices are promised, no more and no fewer', () => {
    assert.deepEqual(Object.keys(ERROR_MESSAGES), CODES)
    assert.deepEqual(Object.keys(DEAD_LETTER_MESSAGES).toSorted(), [...CODES, ...REASONS].toSorted())
  })

  it('each have words of their own, short enough for a screen, in Vietnamese and English', () => {
    const all = Object.values(ERROR_MESSAGES)
    for (const { vi, en } of all) assert.ok(vi.length > 5 && vi.length <= 50 && en.length > 5 && en.length <= 50)
    assert.equal(new Set(all.map(message => message.vi)).size, CODES.length)
    assert.equal(new Set(all.map(message => message.en)).size, CODES.length)
  })

  it('travel on an error, with the words of the catalogue unless it brings its own', () => {
    const cause = new Error('disk')
    assert.equal(new GatewayError('HOST_DOWN').message, ERROR_MESSAGES.HOST_DOWN.en)
    assert.equal(new GatewayError('HOST_DOWN').code, 'HOST_DOWN')
    assert.equal(new GatewayError('HOST_DOWN', 'since noon', { cause }).message, 'since noon')
    assert.equal(new GatewayError('HOST_DOWN', 'since noon', { cause }).cause, cause)
  })
})
