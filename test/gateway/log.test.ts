import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { describe, it } from 'node:test'
import { createLogger, type Log, maskAccount } from '../../gateway/log.ts'

const ACCOUNT = '0123456789'
const SECRET = 'fake-secret'

/** What is written while `use` logs. */
function written(use: (log: Log) => void, pretty: boolean | 'auto' = false): string {
  const lines: string[] = []
  use(createLogger({ level: 'info', pretty }, { write: line => lines.push(line) }))
  return lines.join('')
}

function record(use: (log: Log) => void): Record<string, unknown> {
  return JSON.parse(written(use))
}

describe('maskAccount', () => {
  const cases: [account: string, masked: string][] = [
    ['0123453210', '******3210'],
    ['12345678', '****5678'],
    ['1234567', '****567'],
    ['1234', '**34'],
    ['1', '*'],
    ['', ''],
    ['VQRFAKE001', '******E001'],
    ['******3210', '******3210'],
  ]
  for (const [account, masked] of cases) {
    it(`${account || 'an empty text'} → ${masked || 'an empty text'}`, () => assert.equal(maskAccount(account), masked))
  }
})

describe('the log hides secrets', () => {
  const names = [
    'password',
    'hostPassword',
    'Password',
    'secret',
    'secretKey',
    'token',
    'httpToken',
    'key',
    'boxKey',
    'hostKey',
    'qrCertificate',
    'boxId',
    'authorization',
    'Authorization',
    'cookie',
    'provisioningUri',
    'webhook',
  ]
  for (const name of names) {
    it(`in the field ${name}`, () => {
      const line = record(log => log.info({ [name]: SECRET, orderId: 'GW1' }, 'text'))
      assert.equal(line[name], '[hidden]')
      assert.equal(line.orderId, 'GW1')
      assert.equal(line.msg, 'text')
    })
  }

  const places: [title: string, use: (log: Log) => void][] = [
    ['deep in an object', log => log.info({ a: { b: { c: { password: SECRET } } } })],
    ['in a list', log => log.info({ devices: [{ token: SECRET }] })],
    ['as an object', log => log.info({ secret: { value: SECRET } })],
    ['as bytes', log => log.info({ boxKey: { ...Buffer.from(SECRET) }, note: Buffer.from('x') })],
    ['in a child logger', log => log.child({ password: SECRET, host: { token: SECRET } }).info('text')],
    ['in what an error carries', log => log.error(Object.assign(new Error('boom'), { options: { password: SECRET } }))],
    ['in the URL of an error', log => log.error(new Error(`connect mqtts://dev-1:${SECRET}@gw.example:8883 failed`))],
    ['in a message quoted as text', log => log.warn({ raw: JSON.stringify({ secretKey: SECRET }) }, 'cannot be read')],
    ['in a message quoted twice', log => log.warn(`got ${JSON.stringify(JSON.stringify({ boxId: SECRET }))}`)],
    ['in a message cut off', log => log.warn(`got {"qrCertificate":"${SECRET}`)],
    ['in a value with quotes in it', log => log.warn(`got ${JSON.stringify({ password: `a"${SECRET}` })}`)],
    ['in an interpolated text', log => log.warn('got %j', { password: SECRET })],
    ['in the topic of a box', log => log.info({ topic: `vietqr/boxId/${SECRET}` }, 'subscribed')],
  ]
  for (const [title, use] of places) {
    it(title, () => {
      for (const pretty of [false, true]) {
        const text = written(use, pretty)
        assert.match(text, /\[hidden\]/)
        assert.doesNotMatch(text, new RegExp(SECRET))
      }
    })
  }

  it('but not the paths of secrets, and nothing else', () => {
    const fields = {
      passwordFile: '/etc/gw/pw',
      keyFile: 'k',
      bankCode: 'MB',
      amount: 5000,
      keepalive: 60,
      monkeys: 2,
      none: null,
    }
    const { level, time, msg, ...rest } = record(log => log.info(fields, 'Đã nhận'))
    assert.deepEqual(rest, fields)
    assert.deepEqual([level, typeof time, msg], [30, 'string', 'Đã nhận'])
  })
})

describe('the log masks account numbers', () => {
  const places: [title: string, use: (log: Log) => void][] = [
    ['in bankAccount', log => log.info({ bankAccount: ACCOUNT })],
    ['in account', log => log.info({ account: ACCOUNT })],
    ['in accountNumber', log => log.info({ accountNumber: ACCOUNT })],
    ['deep in an object', log => log.info({ payment: { from: { bankAccount: ACCOUNT } } })],
    ['in a list', log => log.info({ payments: [{ bankAccount: ACCOUNT }] })],
    ['in a child logger', log => log.child({ bankAccount: ACCOUNT, a: { account: ACCOUNT } }).info('text')],
    ['in a message of the host quoted as text', log => log.info({ raw: `{"bankAccount": "${ACCOUNT}", "amount": 1}` })],
    ['in an error', log => log.error(new Error(`cannot use {"bankAccount":"${ACCOUNT}"}`))],
  ]
  for (const [title, use] of places) {
    it(title, () => {
      for (const pretty of [false, true]) {
        const text = written(use, pretty)
        assert.match(text, /\*{6}6789/)
        assert.doesNotMatch(text, new RegExp(ACCOUNT))
      }
    })
  }

  it('also when they came as a number', () => {
    assert.equal(record(log => log.info({ bankAccount: 1234567890 })).bankAccount, '******7890')
    assert.match(
      written(log => log.info({ raw: '{"bankAccount":1234567890}' })),
      /\*{6}7890/,
    )
  })
})

describe('the log', () => {
  it('writes no line below its level, and none at all at silent', () => {
    const lines: string[] = []
    const destination = { write: (line: string) => lines.push(line) }
    createLogger({ level: 'warn', pretty: false }, destination).info('x')
    createLogger({ level: 'silent', pretty: false }, destination).fatal('x')
    assert.deepEqual(lines, [])
  })

  it('for people has one line per message, whatever was in it, and nothing a terminal acts on', () => {
    const text = written(
      log => log.info({ content: 'a\u001b[2Jb\r\n[INFO] forged', 'k\u001bx': '\u009b\u202e' }, 'x\ny\u0007'),
      true,
    )
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    assert.doesNotMatch(text, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/)
    assert.doesNotMatch(text, /^\s*\[INFO\]/m)
    assert.match(text, /INFO: x\\u\{a\}y\\u\{7\}\n/)
  })

  it('for machines has one JSON object per line', () => {
    const lines = written(log => {
      log.info('a\nb')
      log.info({ password: 'x' }, 'c')
      log.info('d')
    }).split('\n')
    assert.deepEqual(
      lines.map(line => (line === '' ? '' : JSON.parse(line).msg)),
      ['a\nb', 'c', 'd', ''],
    )
  })

  for (const [death, ending] of [
    ['is killed after the callback that logged', `setImmediate(() => process.kill(process.pid, 'SIGKILL'))`],
    ['is killed right after a warning', `log.warn('last'); process.kill(process.pid, 'SIGKILL')`],
    ['leaves by process.exit', 'process.exit(1)'],
    ['fails by an error nobody caught', `throw new Error('nobody')`],
  ] as const) {
    it(`goes to stderr, as JSON where that is no terminal, and is complete when the process ${death}`, () => {
      const program = `
        import { createLogger } from ${JSON.stringify(new URL('../../gateway/log.ts', import.meta.url).href)}
        const log = createLogger({ level: 'info', pretty: 'auto' })
        for (let i = 0; i < 1000; i++) log.info({ i }, 'line')
        ${ending}`
      const words = ['--input-type=module', '-e', program]
      const { stdout, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8' })
      assert.equal(stdout, '')
      const lines = stderr.split('\n').filter(line => line.startsWith('{') && line.includes('"i":'))
      assert.deepEqual(
        lines.map(line => JSON.parse(line).i),
        Array.from({ length: 1000 }, (_, i) => i),
      )
      assert.equal(stderr.includes('"msg":"last"'), ending.includes('last'))
    })
  }

  it('takes no longer than it should for a hostile text', () => {
    const patterns = [
      '\\',
      '"',
      'a',
      '://',
      '"key',
      '"key":"',
      '\\"key\\":\\"',
      'boxId/',
      'a://b:',
      '"key": ',
      ':',
      'a:',
    ]
    for (const pattern of patterns) {
      const text = `"password":${pattern.repeat(65_536 / pattern.length)}`
      const began = performance.now()
      written(log => log.info({ text }, text))
      assert.ok(performance.now() - began < 1_000, `${pattern} took ${performance.now() - began} ms`)
    }
  })
})
