import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bankByBin, bankByCode } from '../../../protocol/vietqr/banks.ts'

test('a bank is found by its number and by its code', () => {
  const mb = { code: 'MB', bin: '970422', name: 'Ngân hàng TMCP Quân đội' }
  assert.deepEqual(bankByCode('MB'), mb)
  assert.deepEqual(bankByBin('970422'), mb)
  assert.equal(bankByCode('BIDV')?.bin, '970418')
  assert.equal(bankByBin('546034')?.code, 'CAKE')
})

test('the code counts letter case, as the host does', () => {
  assert.equal(bankByCode('mb'), null)
})

test('what is not listed is null', () => {
  assert.equal(bankByBin('000000'), null)
  assert.equal(bankByBin(''), null)
  assert.equal(bankByCode('constructor'), null)
})
