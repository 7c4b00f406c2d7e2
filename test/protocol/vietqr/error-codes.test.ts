import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { hostErrorInWords } from '../../../protocol/vietqr/error-codes.ts'

const API = 'E02 E03 E05 E09 E10 E24 E39 E42 E43 E44 E45 E46 E51 E58 E67 E74 E75 E76 E77 E95 E96 E104 E158'.split(' ')
const SERVER = 'E26 E34 E35 E36 E165 E166 E215 E216 E217 E218'.split(' ')

describe('an error of the host in words', () => {
  it('explains every code of the API and those seen in the server', () => {
    for (const code of [...API, ...SERVER]) assert.doesNotMatch(hostErrorInWords(code), /E\d/, code)
  })

  it('takes the meaning of the API, not of the app, where both use a code', () => {
    assert.match(hostErrorInWords('E02'), /amount/)
    assert.match(hostErrorInWords('E03'), /transType/)
  })

  it('names a code nobody lists', () => {
    assert.match(hostErrorInWords('e999'), /answered E999, a code its documentation does not list/)
  })

  it('leaves sentences as they are', () => {
    assert.equal(hostErrorInWords('Transaction not found'), 'Transaction not found')
    assert.equal(hostErrorInWords(' E39 '), hostErrorInWords('E39'))
    for (const none of ['', ' ', 'FAILED']) assert.equal(hostErrorInWords(none), 'VietQR gave no reason')
  })
})
