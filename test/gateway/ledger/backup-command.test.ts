import assert from 'node:assert/strict'
import { copyFileSync, existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { cli, emptyFolder, gatewayIn, json, shop, shopWith } from '../cli/support.ts'

describe('backup', { concurrency: 3 }, () => {
  it('without a running gateway: a file that can take the place of the database', async () => {
    const folder = await shopWith('T1', 'T2')
    const answer = await json(folder, ['backup', 'sao-luu.db'])
    const file = join(folder, 'sao-luu.db')
    assert.deepEqual(answer, { file, bytes: statSync(file).size, payments: 0, orders: 0 })

    const other = shop()
    mkdirSync(join(other, 'data'), { mode: 0o700 })
    copyFileSync(file, join(other, 'data', 'gateway.db'))
    assert.equal((await json(other, ['terminals', 'list'])).length, 2)
  })

  it('with a running gateway: relative paths count from where the person stands', async () => {
    const folder = await shopWith('T1')
    const elsewhere = emptyFolder()
    const gateway = await gatewayIn(folder)
    const config = ['--config', join(folder, 'gateway.yaml')]
    const { code, stdout } = await cli(elsewhere, [...config, 'backup', 'sao-luu.db'])
    assert.equal(code, 0)
    assert.match(stdout, /sao-luu\.db written: \d+ bytes, 0 payments, 0 orders\n$/)
    assert.deepEqual(readdirSync(elsewhere), ['sao-luu.db'])

    writeFileSync(join(elsewhere, 'cua-toi.db'), 'mine')
    const refused = await cli(elsewhere, [...config, 'backup', 'cua-toi.db', '--json'])
    assert.deepEqual({ code: refused.code, stdout: refused.stdout }, { code: 1, stdout: '' })
    assert.match(refused.stderr, /^vietqr-gateway: .*cua-toi\.db exists already: name a file that does not\n$/)

    const nowhere = await cli(elsewhere, [...config, 'backup', 'khong/co.db'])
    assert.equal(nowhere.code, 1)
    assert.match(nowhere.stderr, /^vietqr-gateway: .* there is no folder [^\n]*khong\n$/)
    gateway.kill('SIGTERM')
    assert.equal((await gateway.end()).code, 0)
  })

  it('where nothing was stored yet there is nothing to back up, exit 5', async () => {
    const folder = shop()
    const { code, stdout, stderr } = await cli(folder, ['backup', 'sao-luu.db'])
    assert.deepEqual({ code, stdout }, { code: 5, stdout: '' })
    assert.match(stderr, /nothing to back up/)
    assert.deepEqual(readdirSync(folder), ['gateway.yaml'])
    assert.equal(existsSync(join(folder, 'sao-luu.db')), false)
  })

  it('without a file name it is wrong use, exit 2', async () => {
    assert.equal((await cli(shop(), ['backup'])).code, 2)
  })
})
