import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { cli, emptyFolder, shop } from './support.ts'

describe('help and version', () => {
  it('help, version and the help of a command exit 0', async () => {
    const folder = emptyFolder()
    const [help, short, version, ofCommand, word] = await Promise.all([
      cli(folder, ['--help']),
      cli(folder, ['-h']),
      cli(folder, ['--version']),
      cli(folder, ['orders', 'create', '--help']),
      cli(folder, ['help', 'devices']),
    ])
    for (const { code, stderr } of [help, short, version, ofCommand, word])
      assert.deepEqual({ code, stderr }, { code: 0, stderr: '' })
    assert.match(help.stdout, /terminals/)
    assert.equal(short.stdout, help.stdout)
    assert.match(version.stdout, /^\d+\.\d+\.\d+\n$/)
    assert.match(ofCommand.stdout, /--amount[\s\S]*--config/)
    assert.match(word.stdout, /pair/)
  })

  it('help and usage errors load none of the heavy libraries', async () => {
    const folder = emptyFolder()
    const loaded = join(folder, 'loaded')
    const hook = `import { registerHooks } from 'node:module'
      import { appendFileSync } from 'node:fs'
      registerHooks({ load(url, context, next) { appendFileSync(${JSON.stringify(loaded)}, url + '\\n'); return next(url, context) } })`
    const env = { NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(hook)}` }
    for (const args of [['--help'], ['terminals', 'list', '--limit', 'x']]) {
      writeFileSync(loaded, '')
      await cli(folder, args, env)
      const urls = readFileSync(loaded, 'utf8')
      assert.match(urls, /node_modules\/commander/, 'the hook sees what is loaded')
      assert.doesNotMatch(
        urls,
        /node_modules\/(?:mqtt|aedes|zod|yaml|better-sqlite3|pino|prom-client|@peculiar|qrcode)/,
      )
      assert.doesNotMatch(urls, /gateway\/(?:run|gateway|log)\./)
    }
  })
})

describe('usage errors', () => {
  const folder = shop()
  const wrong: readonly (readonly [args: readonly string[], says: RegExp])[] = [
    [[], /name one of these commands/],
    [['terminals'], /name one of these commands/],
    [['explode'], /unknown command 'explode'/],
    [['terminals', 'ad'], /unknown command 'ad'[\s\S]*Did you mean add/],
    [['terminals', 'list', '--colour'], /unknown option '--colour'/],
    [['terminals', 'show'], /missing required argument/],
    [['terminals', 'show', 'A', 'B'], /too many arguments/],
    [['devices', 'pair', 'soundbox'], /--terminal/],
    [['devices', 'pair', 'toaster', '--terminal', 'T1'], /paybox, soundbox, countercall, vending, pos/],
    [['devices', 'pair', 'pos', '--terminal', 'T1', '--mac', 'AA:BB:CC:DD:EE:FF'], /--mac is for VietQR's own boxes/],
    [['devices', 'pair', 'vietqr-box', '--mac', 'AA:BB:CC:DD:EE:FF', '--terminal', 'T1'], /takes no --terminal/],
    [['devices', 'pair', 'vietqr-box', '--mac', 'AA:BB:CC:DD:EE:FF', '--counter', '1'], /takes no --counter/],
    [['payments', 'list', '--limit', '-1'], /whole number/],
    [['payments', 'list', '--limit', '1.5'], /whole number/],
    [['payments', 'list', '--limit'], /argument missing/],
    [['orders', 'create', '--terminal', 'T1', '--amount', '25.000'], /read in two ways/],
    [['lookup', '--terminal', 'T1'], /exactly one of --order and --reference/],
    [['lookup', '--terminal', 'T1', '--order', 'A', '--reference', 'B'], /exactly one/],
    [['terminals', 'list', '--config'], /argument missing/],
    [['explode', '\u001b[31m\u202e'], /unknown command/],
  ]
  it('each exits 2 with a sentence and where to look, and prints nothing on stdout', async () => {
    await Promise.all(
      wrong.map(async ([args, says]) => {
        const { code, stdout, stderr } = await cli(folder, args)
        assert.deepEqual({ code, stdout }, { code: 2, stdout: '' }, args.join(' '))
        assert.match(stderr, says)
        assert.match(stderr, /--help|-h, --help/)
      }),
    )
  })

  it('what was typed is quoted without its escape sequences', async () => {
    const { code, stderr } = await cli(folder, ['\u001b[31mexplode\u202e'])
    assert.equal(code, 2)
    assert.match(stderr, /\\u\{1b\}\[31mexplode\\u\{202e\}/)
    assert.ok(!stderr.includes('\u001b') && !stderr.includes('\u202e'))
  })
})

describe('init', { concurrency: 3 }, () => {
  it('writes a commented gateway.yaml that is valid as it stands', async () => {
    const folder = emptyFolder()
    const made = await cli(folder, ['init'])
    assert.equal(made.code, 0)
    assert.match(made.stdout, /wrote .*gateway\.yaml/)
    assert.match(readFileSync(join(folder, 'gateway.yaml'), 'utf8'), /^# /)
    assert.equal((await cli(folder, ['config', 'check'])).code, 0)
  })

  it('never writes over a file, exit 1', async () => {
    const folder = emptyFolder()
    writeFileSync(join(folder, 'mine.yaml'), 'site: cua-toi\n')
    const refused = await cli(folder, ['init', '--config', 'mine.yaml', '--json'])
    assert.deepEqual({ code: refused.code, stdout: refused.stdout }, { code: 1, stdout: '' })
    assert.match(refused.stderr, /exists/)
    assert.equal(readFileSync(join(folder, 'mine.yaml'), 'utf8'), 'site: cua-toi\n')
  })

  it('--config before the command names the file, --quiet says nothing', async () => {
    const folder = emptyFolder()
    const { code, stdout, stderr } = await cli(folder, ['--quiet', '--config', 'other.yaml', 'init'])
    assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: '', stderr: '' })
    assert.equal((await cli(folder, ['config', 'check', '--quiet', '--config', 'other.yaml'])).code, 0)
  })
})

describe('config', { concurrency: 3 }, () => {
  it('check says every problem on a line of its own, exit 3, and opens nothing', async () => {
    const folder = emptyFolder()
    writeFileSync(join(folder, 'gateway.yaml'), 'site: Cửa\nhost: { urll: mqtts://host.example }\n')
    const [text, values] = await Promise.all([
      cli(folder, ['config', 'check']),
      cli(folder, ['--json', 'config', 'check']),
    ])
    assert.deepEqual({ code: text.code, stdout: text.stdout }, { code: 3, stdout: '' })
    const lines = text.stderr.trimEnd().split('\n')
    assert.equal(lines.length, 3)
    for (const line of lines) assert.match(line, /^(?:site|host\.url|host\.urll): /)
    assert.equal(values.code, 3)
    const { ok, problems } = JSON.parse(values.stdout)
    assert.equal(ok, false)
    assert.deepEqual(
      problems.map((problem: { path: string; message: string }) => `${problem.path}: ${problem.message}`),
      lines,
    )
  })

  it('check reads the secrets too', async () => {
    const folder = shop({ more: 'payments: { confirm: always }' })
    writeFileSync(join(folder, 'token'), 'not-a-real-token', { mode: 0o644 })
    writeFileSync(
      join(folder, 'gateway.yaml'),
      `${readFileSync(join(folder, 'gateway.yaml'), 'utf8').replace('127.0.0.1:0 }\n', '127.0.0.1:0, tokenFile: token }\n')}`,
    )
    const { code, stderr } = await cli(folder, ['config', 'check'])
    assert.equal(code, 3)
    assert.match(stderr, /^http\.tokenFile: .*0600|chmod 600/)
  })

  it('check says briefly what it understood', async () => {
    const folder = shop()
    const [text, values] = await Promise.all([
      cli(folder, ['config', 'check']),
      cli(folder, ['config', 'check', '--json']),
    ])
    assert.match(text.stdout, /^site: thu-nghiem$/m)
    assert.match(text.stdout, /^host: mqtts:\/\/127\.0\.0\.1:1 \(sandbox\)$/m)
    assert.equal(values.stdout, '{"ok":true}\n')
  })

  it('a file that is not there is a configuration error for every command', async () => {
    const folder = emptyFolder()
    const ends = await Promise.all([
      cli(folder, ['terminals', 'list']),
      cli(folder, ['run']),
      cli(folder, ['simulate', 'A', '--config', 'missing.yaml']),
    ])
    for (const { code, stderr } of ends) {
      assert.equal(code, 3)
      assert.match(stderr, /there is no such file; write one with "vietqr-gateway init"/)
    }
  })

  it('schema is one JSON value, also without a configuration', async () => {
    const folder = emptyFolder()
    const [text, values] = await Promise.all([
      cli(folder, ['config', 'schema']),
      cli(folder, ['--json', 'config', 'schema']),
    ])
    assert.equal(text.code, 0)
    assert.deepEqual(JSON.parse(text.stdout), JSON.parse(values.stdout))
    assert.ok(JSON.parse(values.stdout).properties.host)
  })
})
