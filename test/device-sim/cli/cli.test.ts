import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { HostBroker } from '../../../device-sim/host/broker.ts'
import { makeAuthority } from '../../support/certificates.ts'
import { qrRequest } from '../host/hosts.ts'
import { Partner } from '../partner.ts'
import { emptyFolder, passwordFile, SimProgram } from './sim-program.ts'

const MMS = '9990000001'
const isReady = (line: Record<string, unknown>) => line.ready === true

describe('vietqr-sim host', { concurrency: 3 }, () => {
  it('prints one JSON line when ready, answers, takes payments at its control port, and ends with 0', async () => {
    await using program = new SimProgram(['host'])
    const ready = await program.prints(isReady, 'it is ready')
    const kinds = JSON.parse(JSON.stringify(ready.accounts)).map((account: { kind: string }) => account.kind)
    assert.deepEqual(kinds, ['mms', 'plain'])
    await using partner = await Partner.connect(String(ready.url), ['vietqr/response/+', 'vietqr/bdsd/+'])
    await partner.publish('vietqr/request/T1', qrRequest({ bankAccount: MMS, terminalCode: 'T1' }))
    await partner.on('vietqr/response/T1')
    const response = await fetch(`${ready.control}/pay`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"orderId":"GW0000000001"}',
    })
    assert.equal(response.status, 200)
    await partner.on('vietqr/bdsd/T1')
    const { code, stdout, stderr } = await program.stop('SIGINT')
    assert.deepEqual([code, stdout.trimEnd().split('\n').length, stderr], [0, 1, ''])
  })

  it('--tls makes an authority of its own, says where, and leaves nothing behind', async () => {
    const file = passwordFile(emptyFolder(), 'not-a-secret')
    await using program = new SimProgram(['host', '--tls', '--username', 'shop', '--password-file', file])
    const { url, ca } = await program.prints(isReady, 'it is ready')
    assert.match(String(url), /^mqtts:/)
    const login = { username: 'shop', ca: readFileSync(String(ca), 'utf8') }
    await using _partner = await Partner.connect(String(url), [], { ...login, password: 'not-a-secret' })
    await assert.rejects(Partner.connect(String(url), [], { ...login, password: 'wrong' }), /Bad username or password/)
    assert.equal((await program.stop()).code, 0)
    assert.equal(existsSync(String(ca)), false)
  })

  it('--cert and --key are shown as they are', async () => {
    const folder = emptyFolder()
    const authority = await makeAuthority()
    const { cert, key } = await authority.issue({ names: ['127.0.0.1'] })
    writeFileSync(join(folder, 'server.crt'), cert)
    writeFileSync(join(folder, 'server.key'), key, { mode: 0o600 })
    await using program = new SimProgram(['host', '--tls', '--cert', 'server.crt', '--key', 'server.key'], folder)
    const { url, ca } = await program.prints(isReady, 'it is ready')
    assert.equal(ca, undefined)
    await using _partner = await Partner.connect(String(url), [], { ca: authority.ca })
  })

  it('--broker and --accounts play on another broker with other accounts', async () => {
    const folder = emptyFolder()
    const broker = new HostBroker({ port: 0 })
    const url = await broker.start()
    writeFileSync(
      join(folder, 'accounts.yaml'),
      '- { kind: mms, bankAccount: "0123", bankCode: MB, userBankName: LE VAN MAU }\n',
    )
    await using program = new SimProgram(['host', '--broker', url, '--accounts', 'accounts.yaml'], folder)
    assert.equal((await program.prints(isReady, 'it is ready')).url, url)
    await using partner = await Partner.connect(url, ['vietqr/response/+'])
    await partner.publish('vietqr/request/T1', qrRequest({ bankAccount: '0123', terminalCode: 'T1' }))
    assert.match((await partner.on('vietqr/response/T1')).text, /"userBankName":"LE VAN MAU".*"existing":1/)
    await program.stop()
    await broker.stop()
  })
})

describe('vietqr-sim device', { concurrency: 3 }, () => {
  it('prints what a person notices, and orders what is typed', async () => {
    const folder = emptyFolder()
    const broker = new HostBroker({ port: 0, username: 'vending-1', password: 'not-a-secret' })
    const url = await broker.start()
    const login = { username: 'vending-1', password: 'not-a-secret' }
    await using gateway = await Partner.connect(url, ['gw/v1/+/up/#'], login)
    const file = passwordFile(folder, 'not-a-secret')
    const args = ['device', 'vending', '--url', url, '--id', 'vending-1', '--password-file', file, '--memory', 'ids']
    await using program = new SimProgram(args, folder)
    await program.says(/connected/)
    program.type('order 25000 A1')
    const request = JSON.parse((await gateway.on('gw/v1/vending-1/up/order')).text)
    assert.deepEqual({ amount: request.amount, item: request.item }, { amount: 25000, item: 'A1' })
    const vend = { id: 'V', orderId: 'ORDER1', item: 'A1', amount: 25000, expiresAt: 4_000_000_000, ttl: 60 }
    await gateway.publish('gw/v1/vending-1/down/vend', vend)
    const dispensed = await program.prints(({ effect }) => effect === 'dispense', 'it releases')
    assert.match(String(dispensed.at), /^20.*\+07:00$/)
    await program.prints(({ effect, status }) => effect === 'ack' && status === 'done', 'it has acknowledged')
    assert.deepEqual(JSON.parse(readFileSync(join(folder, 'ids'), 'utf8')), ['V'])
    program.type('sing')
    await program.says(/"sing" is no key of a vending/)
    assert.equal((await program.stop()).code, 0)
    await broker.stop()
  })

  it('says once that its login is refused, and goes on trying', async () => {
    const broker = new HostBroker({ port: 0, username: 'pos-1', password: 'not-a-secret' })
    const url = await broker.start()
    const file = passwordFile(emptyFolder(), 'wrong')
    await using program = new SimProgram(['device', 'pos', '--url', url, '--id', 'pos-1', '--password-file', file])
    await program.says(/Bad username or password/)
    const { code, stderr } = await program.stop()
    assert.deepEqual([code, stderr.trimEnd().split('\n').length], [0, 1])
    await broker.stop()
  })
})

describe('vietqr-sim refuses with 2 and a sentence', { concurrency: 4 }, () => {
  const device = ['device', 'pos', '--url', 'mqtt://127.0.0.1:1', '--id', 'pos-1']
  const refused: readonly (readonly [readonly string[], RegExp])[] = [
    [['dance'], /unknown command/],
    [['host', '--loud'], /unknown option/],
    [['host', '--build', '6'], /It must be 3, 4 or 5/],
    [['host', '--unanswered', '2'], /from 0 \(never\) to 1 \(always\)/],
    [['host', '--late-by', 'soon'], /whole milliseconds/],
    [['host', '--qr-defect', 'ugly'], /none or wrong-crc/],
    [['host', '--certificate', 'forged'], /good, expired, wrong-name, self-signed/],
    [['host', '--certificate', 'good', '--cert', 'x', '--key', 'y'], /leave out --cert and --key/],
    [['host', '--box-key-file', 'nowhere'], /--box-key-file: there is no file nowhere/],
    [['host', '--port', '70000'], /0 to 65535/],
    [['host', '--broker', 'mqtt://127.0.0.1:1', '--tls'], /--tls is for a broker of its own/],
    [['host', '--broker', 'mqtt://a:b@127.0.0.1:1'], /holds a login/],
    [['host', '--tls', '--cert', 'x'], /go together/],
    [['host', '--username', 'a', '--password-file', 'nowhere'], /--password-file: there is no file nowhere/],
    [['host', '--accounts', 'nowhere'], /nowhere cannot be read/],
    [['device', 'toaster', ...device.slice(2), '--password-file', 'open'], /toaster/],
    [device, /--password-file/],
    [[...device, '--password-file', 'open'], /chmod 600/],
    [['device', 'pos', '--url', 'http://x', '--id', 'pos-1'], /mqtts:\/\//],
    [['device', 'pos', '--url', 'mqtt://x', '--id', 'Pos 1'], /1 to 32 of a-z/],
  ]
  for (const [args, words] of refused) {
    it(args.join(' '), async () => {
      const folder = emptyFolder()
      writeFileSync(join(folder, 'open'), 'not-a-secret', { mode: 0o644 })
      const { code, stdout, stderr } = await new SimProgram(args, folder).end()
      assert.deepEqual([code, stdout], [2, ''])
      assert.match(stderr, words)
    })
  }

  it('an accounts file with a line for each mistake', async () => {
    const folder = emptyFolder()
    writeFileSync(
      join(folder, 'accounts.json'),
      '[{"kind":"gold","bankAccount":123,"bankCode":"bidv","userBankName":""}]',
    )
    const { code, stderr } = await new SimProgram(['host', '--accounts', 'accounts.json'], folder).end()
    assert.equal(code, 2)
    for (const key of ['kind', 'bankAccount', 'bankCode', 'userBankName'])
      assert.match(stderr, new RegExp(`: ${key}: `))
  })
})

describe('an accounts file', { concurrency: 3 }, () => {
  const known = { kind: 'mms', bankAccount: '0123', bankCode: 'MB', userBankName: 'LE VAN MAU' }
  const refused: readonly (readonly [string, readonly unknown[], RegExp])[] = [
    ['with an account twice', [known, { ...known, kind: 'plain' }], /: 1: bankAccount: is there already, as account 0/],
    [
      'with a kind at another bank',
      [{ ...known, bankCode: 'BIDV' }],
      /bankCode: should be MB, because the kind is mms/,
    ],
    ['with another bank that is MB', [{ ...known, kind: 'other' }], /neither MB nor BIDV/],
    ['with a virtual account at MB', [{ ...known, virtualAccount: false }], /for the kind bidv only/],
    ['with eleven merchants', [{ ...known, merchantLinks: 11 }], /merchantLinks: should be 0 to 10/],
  ]
  for (const [name, accounts, words] of refused) {
    it(`${name} is refused`, async () => {
      const folder = emptyFolder()
      writeFileSync(join(folder, 'accounts.json'), JSON.stringify(accounts))
      const { code, stderr } = await new SimProgram(['host', '--accounts', 'accounts.json'], folder).end()
      assert.equal(code, 2)
      assert.match(stderr, words)
    })
  }

  it('may hold the same number at two banks', async () => {
    const folder = emptyFolder()
    const accounts = [known, { ...known, kind: 'bidv', bankCode: 'BIDV', virtualAccount: false, merchantLinks: 10 }]
    writeFileSync(join(folder, 'accounts.json'), JSON.stringify(accounts))
    await using program = new SimProgram(['host', '--accounts', 'accounts.json'], folder)
    assert.deepEqual((await program.prints(isReady, 'it is ready')).accounts, accounts)
  })
})

describe('a port that is taken', () => {
  it('is said in a sentence, for the broker and the control port', async () => {
    const broker = new HostBroker({ port: 0 })
    const port = new URL(await broker.start()).port
    for (const option of ['--port', '--control']) {
      const { code, stderr } = await new SimProgram(['host', option, port]).end()
      assert.equal(code, 1)
      assert.match(
        stderr,
        new RegExp(`port ${port} of 127.0.0.1 cannot be opened: another program .* with ${option}, 0 takes`),
      )
    }
    await broker.stop()
  })
})

describe('the launcher', () => {
  it('counts relative paths from where the user stands, when npm runs a script of this package', async () => {
    const folder = emptyFolder()
    writeFileSync(join(folder, 'accounts.yaml'), '[]')
    const env = { INIT_CWD: folder, npm_lifecycle_event: 'sim', npm_package_name: 'vietqr-gateway' }
    const { stderr } = await new SimProgram(['host', '--accounts', 'accounts.yaml'], process.cwd(), env).end()
    assert.match(stderr, /an empty list/)
  })

  it('wants Node.js 22.18', async () => {
    const { isNewEnough } = await import(new URL('../../../gateway/launch.mjs', import.meta.url).href)
    const versions = ['20.20.2', '22.17.9', '22.18.0', '23.0.0', '24.21.0']
    assert.deepEqual(versions.map(isNewEnough), [false, false, true, true, true])
  })
})
