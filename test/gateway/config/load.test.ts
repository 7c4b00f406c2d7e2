import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { findConfig, loadSettings } from '../../../gateway/config/load.ts'
import type { Settings } from '../../../gateway/config/schema.ts'
import { problemsOf } from './problems.ts'

const folder = mkdtempSync(join(tmpdir(), 'vietqr-config-'))
after(() => rmSync(folder, { recursive: true }))

let files = 0

/** Asked of the system itself: the longest path it opens a socket at. */
async function longestSocketPath(): Promise<string> {
  for (let length = 120; ; length -= 1) {
    const path = join(tmpdir(), 's'.repeat(length - tmpdir().length - 1))
    const server = createServer()
    const opened = new Promise<boolean>(resolve => {
      server.once('error', () => resolve(false))
      server.listen(path, () => resolve(existsSync(path)))
    })
    const isOpen = await opened
    await new Promise(resolve => server.close(resolve))
    if (isOpen) return path
  }
}

function load(yaml: string | Uint8Array, env: NodeJS.ProcessEnv = {}): Settings {
  files += 1
  const file = join(folder, `gateway-${files}.yaml`)
  writeFileSync(file, yaml)
  return loadSettings(file, env)
}

/** A file that is right but for what is added to it. */
function withSections(sections: string): string {
  return `site: shop-1\n${/^host:/m.test(sections) ? '' : 'host: { url: mqtts://broker.example }\n'}${sections}\n`
}

const CONTRACT_EXAMPLE = `
site: cua-hang-01
dataDir: ./data
host:
  url: mqtts://broker.example:8883
  allowInsecure: false
  username: partner
  passwordFile: ./secrets/host-password
  caFile:
  environment: sandbox
  session: persistent
  clientId:
  keepalive: 60s
  requestTimeout: 30s
  additionalDataKey: additionalData1
  lookupSuffix: terminal
  topics: {}
  boxKeyFile:
  qrCheck: warn
broker:
  mode: embedded
  listen: [mqtt://127.0.0.1:1883, mqtts://0.0.0.0:8883]
  allowInsecure: false
  advertise:
  url: mqtt://127.0.0.1:1883
  reload: {}
  vietqrBoxes:
    listen: mqtt://192.168.10.1:1883
    username: box
    passwordFile: ./secrets/box-password
http: { listen: 127.0.0.1:8080, tokenFile: }
payments:
  confirm: release
  orderTtl: 5m
  lateGrace: 10m
  lookup: { first: 10s, max: 60s, perSecond: 5 }
voice: { language: vi, region: north }
alarms: { webhook: , command: }
retention: { payments: 400d, raw: 30d }
log: { level: info, pretty: auto }
`

describe('gateway.yaml', () => {
  it('needs only site and host.url; every other key has the default of the contract', () => {
    const settings = load('site: shop-1\nhost:\n  url: mqtts://broker.example\n')
    assert.deepEqual(JSON.parse(JSON.stringify(settings)), {
      site: 'shop-1',
      dataDir: join(folder, 'data'),
      host: {
        url: 'mqtts://broker.example:8883',
        allowInsecure: false,
        environment: 'sandbox',
        session: 'persistent',
        clientId: 'vietqr-gateway-shop-1',
        keepalive: 60_000,
        requestTimeout: 30_000,
        additionalDataKey: 'additionalData1',
        lookupSuffix: 'terminal',
        topics: {},
        qrCheck: 'warn',
      },
      broker: {
        mode: 'embedded',
        listen: [
          { protocol: 'mqtt', host: '127.0.0.1', port: 1883 },
          { protocol: 'mqtts', host: '0.0.0.0', port: 8883 },
        ],
        allowInsecure: false,
        advertise: hostname(),
        reload: {},
      },
      http: { listen: { protocol: 'http', host: '127.0.0.1', port: 8080 } },
      payments: {
        confirm: 'release',
        orderTtl: 300_000,
        lateGrace: 600_000,
        lookup: { first: 10_000, max: 60_000, perSecond: 5 },
      },
      voice: { language: 'vi', region: 'north' },
      alarms: {},
      retention: { payments: 400 * 86_400_000, raw: 30 * 86_400_000 },
      log: { level: 'info', pretty: 'auto' },
    })
  })

  it('may hold every key of the contract at once, those of the other broker mode too', () => {
    const { host, broker } = load(CONTRACT_EXAMPLE)
    assert.equal(host.passwordFile, join(folder, 'secrets/host-password'))
    assert.deepEqual(broker.vietqrBoxes, {
      listen: { protocol: 'mqtt', host: '192.168.10.1', port: 1883 },
      username: 'box',
      passwordFile: join(folder, 'secrets/box-password'),
    })
    assert.equal(load(CONTRACT_EXAMPLE.replace('embedded', 'external')).broker.url, 'mqtt://127.0.0.1:1883')
  })

  it('takes a dataDir whose socket can be opened, and refuses one that is a byte longer', async () => {
    const { length } = await longestSocketPath()
    const longest = join('/tmp', 'd'.repeat(length - '/tmp/'.length - '/control.sock'.length))
    assert.equal(load(withSections(`dataDir: ${longest}`)).dataDir, longest)
    const [problem] = problemsOf(() => load(withSections(`dataDir: ${longest}d`)))
    assert.equal(problem?.path, 'dataDir')
    assert.match(problem.message, new RegExp(`needs one of at most ${longest.length}, so choose a shorter folder`))
  })

  it('counts relative paths from its own folder and leaves absolute ones alone', () => {
    const settings = load(`
site: shop-1
dataDir: ../elsewhere
host: { url: mqtts://b.example, username: u, passwordFile: a, caFile: b, certFile: c, keyFile: ./d, boxKeyFile: /e }
broker: { passwordFile: f, reload: { pidFile: g }, vietqrBoxes: { username: u, passwordFile: h } }
http: { tokenFile: i }
`)
    assert.equal(settings.dataDir, join(folder, '../elsewhere'))
    const { passwordFile, caFile, certFile, keyFile, boxKeyFile } = settings.host
    assert.deepEqual(
      [passwordFile, caFile, certFile, keyFile],
      ['a', 'b', 'c', 'd'].map(name => join(folder, name)),
    )
    assert.equal(boxKeyFile, '/e')
    const { broker, http } = settings
    const others = [broker.passwordFile, broker.reload.pidFile, broker.vietqrBoxes?.passwordFile, http.tokenFile]
    assert.deepEqual(
      others,
      ['f', 'g', 'h', 'i'].map(name => join(folder, name)),
    )
  })

  it('reads an empty key as an absent one at every depth', () => {
    const empty = load(
      'site: s\nhost:\n  url: mqtts://b.example\n  topics:\nbroker:\npayments: { lookup: , orderTtl: }\nlog:',
    )
    const absent = load('site: s\nhost:\n  url: mqtts://b.example\n')
    assert.deepEqual(empty, absent)
  })

  it('reads durations in milliseconds, seconds, minutes, hours and days', () => {
    const { host, payments, retention } = load(
      withSections(
        'host: { url: mqtts://b.example, requestTimeout: 500ms, keepalive: 10s }\npayments: { orderTtl: 5m, lateGrace: 2h }\nretention: { payments: 400d }',
      ),
    )
    assert.deepEqual(
      [host.requestTimeout, host.keepalive, payments.orderTtl, payments.lateGrace, retention.payments],
      [500, 10_000, 300_000, 7_200_000, 34_560_000_000],
    )
  })

  it('permits mqtt:// to the host with allowInsecure, on port 1883 unless another is given', () => {
    const { url } = load(withSections('host: { url: mqtt://broker.example, allowInsecure: true }')).host
    assert.equal(url, 'mqtt://broker.example:1883')
  })

  it('reads IPv6 addresses in brackets', () => {
    const settings = load(
      withSections(
        'host: { url: "mqtts://[2001:db8::1]" }\nbroker: { listen: ["mqtt://[::1]"], advertise: "[fe80::2]" }\nhttp: { listen: "[::1]:0" }',
      ),
    )
    assert.equal(settings.host.url, 'mqtts://[2001:db8::1]:8883')
    assert.deepEqual(settings.broker.listen, [{ protocol: 'mqtt', host: '::1', port: 1883 }])
    assert.equal(settings.broker.advertise, 'fe80::2')
    assert.deepEqual(settings.http.listen, { protocol: 'http', host: '::1', port: 0 })
  })

  it('takes two topic templates that change places, though each alone would collide', () => {
    const { topics } = load(
      withSections(
        'host: { url: mqtts://b.example, topics: { response: "vietqr/bdsd/{terminalCode}", balanceChange: "vietqr/response/{terminalCode}" } }',
      ),
    ).host
    assert.deepEqual(topics, {
      response: 'vietqr/bdsd/{terminalCode}',
      balanceChange: 'vietqr/response/{terminalCode}',
    })
  })

  it('lets vietqrBoxes share the first mqtt:// listener of the embedded broker', () => {
    const { vietqrBoxes } = load(withSections('broker: { vietqrBoxes: { username: box, passwordFile: p } }')).broker
    assert.equal(vietqrBoxes?.listen, undefined)
  })

  it('leaves listeners of the embedded broker out of account when the broker is an external one', () => {
    load(withSections('broker: { mode: external, url: mqtt://127.0.0.1, listen: [mqtt://0.0.0.0:8080] }'))
  })
})

describe('a wrong gateway.yaml is refused with path, reason and remedy', () => {
  const url = 'url: mqtts://b.example'
  const boxes = (more: string) => `vietqrBoxes: { username: box, passwordFile: p${more} }`
  const refusals: [yaml: string, path: string, message: RegExp][] = [
    // site, dataDir
    [`host: { ${url} }`, 'site', /missing; .*cua-hang-01/],
    [`site: Shop 1\nhost: { ${url} }`, 'site', /1 to 32 of a-z, 0-9 and -/],
    [`site: ${'a'.repeat(33)}\nhost: { ${url} }`, 'site', /1 to 32/],
    [`site: 7\nhost: { ${url} }`, 'site', /a number; .*in quotes/],
    [withSections('dataDir: ""'), 'dataDir', /\.\/data/],
    [withSections('dataDir: [a]'), 'dataDir', /is a list; write a path/],
    // host
    ['site: shop-1', 'host.url', /missing; .*mqtts:\/\/broker\.example:8883/],
    ['site: shop-1\nhost: 5', 'host', /is a number; .*indented/],
    [withSections('host: { url: broker.example }'), 'host.url', /no protocol; write mqtts:\/\//],
    [withSections('host: { url: ws://b.example }'), 'host.url', /ws:\/\/.*use mqtts:\/\/ or mqtt:\/\//],
    [withSections('host: { url: mqtt://b.example }'), 'host.url', /mqtt:\/\/.*host\.allowInsecure: true/],
    [withSections('host: { url: mqtt://127.0.0.1 }'), 'host.url', /host\.allowInsecure: true/],
    [withSections('host: { url: "mqtts://me:pass@b.example" }'), 'host.url', /holds a login; .*passwordFile/],
    [withSections('host: { url: mqtts://b.example/path }'), 'host.url', /goes on after the port/],
    [withSections('host: { url: mqtts://b.example:70000 }'), 'host.url', /0 to 65535/],
    [withSections('host: { url: mqtts://b.example:0 }'), 'host.url', /port 0/],
    [withSections('host: { url: "mqtts://b.example:" }'), 'host.url', /no possible port/],
    [withSections('host: { url: mqtts:// }'), 'host.url', /no host/],
    [withSections('host: { url: mqtts://1.2.3 }'), 'host.url', /neither an IP address nor a name/],
    [withSections('host: { url: "mqtts://[::g]" }'), 'host.url', /brackets/],
    [withSections('host: { url: "mqtts://::1" }'), 'host.url', /without brackets; write \[::1\]/],
    [withSections(`host: { ${url}, allowInsecure: yes }`), 'host.allowInsecure', /is "yes"; use true or false/],
    [withSections(`host: { ${url}, username: 12345 }`), 'host.username', /in quotes/],
    [withSections(`host: { ${url}, passwordFile: p }`), 'host.username', /missing.*host\.passwordFile/],
    [withSections(`host: { ${url}, caFile: {} }`), 'host.caFile', /is an object; write a path/],
    [withSections(`host: { ${url}, certFile: c }`), 'host.keyFile', /missing.*host\.certFile/],
    [withSections(`host: { ${url}, keyFile: k }`), 'host.certFile', /missing.*host\.keyFile/],
    [withSections(`host: { ${url}, environment: prod }`), 'host.environment', /"prod"; use sandbox or production/],
    [withSections(`host: { ${url}, session: durable }`), 'host.session', /use persistent or clean/],
    [withSections(`host: { ${url}, clientId: "a b" }`), 'host.clientId', /without spaces/],
    [withSections(`host: { ${url}, keepalive: 60 }`), 'host.keepalive', /60 without a unit; write a duration/],
    [withSections(`host: { ${url}, keepalive: 1500ms }`), 'host.keepalive', /whole number of seconds/],
    [withSections(`host: { ${url}, keepalive: 0s }`), 'host.keepalive', /too short; write a duration from 1s/],
    [withSections(`host: { ${url}, keepalive: 1d }`), 'host.keepalive', /too long/],
    [withSections(`host: { ${url}, requestTimeout: 1.5m }`), 'host.requestTimeout', /"1\.5m"; write a duration/],
    [withSections(`host: { ${url}, requestTimeout: 30 s }`), 'host.requestTimeout', /"30 s"; write a duration/],
    [withSections(`host: { ${url}, requestTimeout: true }`), 'host.requestTimeout', /is true; write a duration/],
    [withSections(`host: { ${url}, additionalDataKey: "a b" }`), 'host.additionalDataKey', /additionalData1/],
    [withSections(`host: { ${url}, lookupSuffix: none }`), 'host.lookupSuffix', /use terminal or unique/],
    [withSections(`host: { ${url}, topics: [] }`), 'host.topics', /is a list; write its keys/],
    [
      withSections(`host: { ${url}, topics: { requests: a } }`),
      'host.topics.requests',
      /did you mean host\.topics\.request\?/,
    ],
    [withSections(`host: { ${url}, topics: { request: vietqr/x } }`), 'host.topics.request', /\{terminalCode\}/],
    [
      withSections(`host: { ${url}, topics: { response: "vietqr/bdsd/{terminalCode}" } }`),
      'host.topics.response',
      /match the same topics/,
    ],
    [withSections(`host: { ${url}, boxKeyFile: 1 }`), 'host.boxKeyFile', /is a number; write a path/],
    [withSections(`host: { ${url}, qrCheck: off }`), 'host.qrCheck', /use warn or strict/],
    [withSections(`host: { ${url}, password: hunter2-fake }`), 'host.password', /file of its own.*passwordFile/],
    [withSections(`host: { ${url}, qr_check: warn }`), 'host.qr_check', /did you mean host\.qrCheck\?/],
    // broker
    [withSections('broker: { mode: internal }'), 'broker.mode', /use embedded or external/],
    [withSections('broker: { listen: mqtt://127.0.0.1 }'), 'broker.listen', /not a list; write it in brackets/],
    [withSections('broker: { listen: [] }'), 'broker.listen', /empty list/],
    [withSections('broker: { listen: [mqtt://127.0.0.1, http://x] }'), 'broker.listen[1]', /http:\/\//],
    [
      withSections('broker:\n  listen:\n    -\n    - mqtt://127.0.0.1'),
      'broker.listen[0]',
      /is null; write for example/,
    ],
    [withSections('broker: { listen: ["mqtts://*:8883"] }'), 'broker.listen[0]', /write 0\.0\.0\.0/],
    [
      withSections('broker: { listen: [mqtt://0.0.0.0] }'),
      'broker.listen[0]',
      /other machines.*broker\.allowInsecure: true/,
    ],
    [
      withSections('broker: { listen: [mqtts://0.0.0.0:1, mqtts://0.0.0.0:1] }'),
      'broker.listen[1]',
      /broker\.listen.*another port/,
    ],
    [withSections('broker: { allowInsecure: 1 }'), 'broker.allowInsecure', /use true or false/],
    [withSections('broker: { advertise: mqtts://gw }'), 'broker.advertise', /neither a name nor an IP address/],
    [withSections('broker: { mode: external }'), 'broker.url', /missing.*external/],
    [withSections('broker: { mode: external, url: mqtt://10.0.0.9 }'), 'broker.url', /broker\.allowInsecure: true/],
    [withSections('broker: { mode: external, url: mqtt://127.0.0.1, passwordFile: p }'), 'broker.username', /missing/],
    [withSections('broker: { username: "" }'), 'broker.username', /user name/],
    [withSections('broker: { reload: { pidFile: a, command: b } }'), 'broker.reload.command', /keep one of the two/],
    [withSections('broker: { vietqrBoxes: { passwordFile: p } }'), 'broker.vietqrBoxes.username', /missing/],
    [
      withSections('broker: { vietqrBoxes: { username: box } }'),
      'broker.vietqrBoxes.passwordFile',
      /missing; write a path/,
    ],
    [withSections(`broker: { ${boxes(', listen: mqtts://10.0.0.1')} }`), 'broker.vietqrBoxes.listen', /know no TLS/],
    [
      withSections(`broker: { listen: [mqtts://0.0.0.0], ${boxes('')} }`),
      'broker.vietqrBoxes.listen',
      /no mqtt:\/\/ listener/,
    ],
    [
      withSections(`broker: { mode: external, url: mqtt://127.0.0.1, ${boxes('')} }`),
      'broker.vietqrBoxes.listen',
      /missing; with an external broker/,
    ],
    [
      withSections(`broker: { ${boxes(', listen: mqtt://localhost:1883')} }`),
      'broker.vietqrBoxes.listen',
      /wants the port of mqtt:\/\/127\.0\.0\.1:1883/,
    ],
    // http
    [withSections('http: { listen: 0.0.0.0:8080 }'), 'http.tokenFile', /missing.*0\.0\.0\.0:8080.*127\.0\.0\.1/],
    [withSections('http: { listen: gateway.example:8080 }'), 'http.tokenFile', /missing/],
    [withSections('http: { listen: http://127.0.0.1:8080 }'), 'http.listen', /is a URL/],
    [withSections('http: { listen: 127.0.0.1 }'), 'http.listen', /no port/],
    [withSections('http: { listen: :8080 }'), 'http.listen', /no host/],
    [withSections('http: { listen: 8080 }'), 'http.listen', /is a number; write for example 127\.0\.0\.1:8080/],
    [withSections('http: { listen: "::1:8080" }'), 'http.listen', /without brackets/],
    [withSections('http: { listen: 127.0.0.1:8883 }'), 'http.listen', /wants the port of mqtts:\/\/0\.0\.0\.0:8883/],
    [withSections('http: { token: abc }'), 'http.token', /file of its own.*tokenFile/],
    // the rest
    [withSections('payments: { confirm: sometimes }'), 'payments.confirm', /use never, release or always/],
    [withSections('payments: { orderTtl: 0s }'), 'payments.orderTtl', /too short/],
    [withSections('payments: { lateGrace: 21d }'), 'payments.lateGrace', /too long/],
    [
      withSections('payments: { lookup: { first: 2m } }'),
      'payments.lookup.max',
      /shorter than payments\.lookup\.first/,
    ],
    [withSections('payments: { lookup: { perSecond: 0 } }'), 'payments.lookup.perSecond', /above 0/],
    [withSections('payments: { lookup: { perSecond: "5" } }'), 'payments.lookup.perSecond', /a number/],
    [withSections('voice: { language: fr }'), 'voice.language', /use vi or en/],
    [withSections('voice: { region: centre }'), 'voice.region', /use north or south/],
    [withSections('alarms: { webhook: chat.example }'), 'alarms.webhook', /no web address/],
    [withSections('alarms: { webhook: "https://me:x@chat.example" }'), 'alarms.webhook', /holds a login/],
    [withSections('alarms: { command: [a] }'), 'alarms.command', /is a list; write a command/],
    [withSections('retention: { payments: 0d }'), 'retention.payments', /too short/],
    [withSections('retention: { raw: forever }'), 'retention.raw', /"forever"; write a duration/],
    [withSections('log: { level: verbose }'), 'log.level', /use trace, debug, info, warn, error, fatal or silent/],
    [withSections('log: { pretty: always }'), 'log.pretty', /use auto, true or false/],
    [withSections('hosts: {}'), 'hosts', /did you mean host\?/],
    [withSections('tokenFile: x'), 'tokenFile', /belongs at http\.tokenFile/],
    [withSections('zzz: 1'), 'zzz', /this file knows site, dataDir, host/],
    [withSections('"a\\u001b[2Jb": 1'), '"a\\u001b[2Jb"', /no such key/],
    ['- a\n- b', 'gateway.yaml', /is a list; write its keys/],
    ['nonsense', 'gateway.yaml', /is a text; write its keys/],
  ]
  for (const [yaml, path, message] of refusals) {
    it(`${path} is refused: ${message.source}`, () => {
      const problems = problemsOf(() => load(yaml))
      assert.deepEqual(
        problems.map(problem => problem.path),
        [path],
      )
      assert.match(problems[0]?.message ?? '', message)
    })
  }

  it('names every problem at once, one line `path: what is wrong, what would be right` each, with exit code 3', () => {
    const yaml =
      'site: A\nhost: { url: mqtt://b.example, certFile: c, colour: red }\nhttp: { listen: 0.0.0.0:1 }\nvoice: { language: fr }'
    assert.throws(
      () => load(yaml),
      (error: unknown) => {
        assert(error instanceof Error && 'exitCode' in error)
        assert.equal(error.exitCode, 3)
        const paths = error.message.split('\n').map(line => line.split(': ')[0])
        assert.deepEqual(paths.sort(), [
          'host.colour',
          'host.keyFile',
          'host.url',
          'http.tokenFile',
          'site',
          'voice.language',
        ])
        return true
      },
    )
  })

  it('never repeats a login or a secret that was written into the file', () => {
    const yaml =
      'site: s\nhost: { url: "mqtts://me:fake-secret@b.example", password: fake-secret, passwordFile: [fake-secret] }'
    const text = JSON.stringify(problemsOf(() => load(yaml)))
    assert.doesNotMatch(text, /fake-secret/)
  })

  it('refuses a password in the environment without a user name', () => {
    const problems = problemsOf(() => load(withSections(''), { VIETQR_HOST_PASSWORD: 'fake' }))
    assert.deepEqual(
      problems.map(({ path }) => path),
      ['host.username'],
    )
    load(withSections(''), { VIETQR_HOST_PASSWORD: '' })
    load(withSections(`host: { ${url}, username: partner }`), { VIETQR_HOST_PASSWORD: 'fake' })
  })

  const unreadable: [title: string, content: string | Uint8Array, line: number | undefined, message: RegExp][] = [
    ['a duplicate key', 'site: a\nhost:\n  url: b\n  url: c\n', 4, /given twice/],
    ['a tab as indentation', 'site: a\nhost:\n\turl: b\n', 3, /tab; use spaces/],
    ['text that is no YAML', 'site: a\nhost: {\n', 3, /not YAML: .*correct the line/],
    ['a tag', 'site: a\ndataDir: !!js/function x\n', 2, /tag/],
    ['a key that is a list', '? [a]\n: b\n', 1, /plain word/],
    ['a second document', 'site: a\n---\nsite: b\n', 2, /second document/],
    ['a reference to nothing', 'site: *a\n', undefined, /references/],
    ['references that multiply', bomb(), undefined, /references/],
    ['bytes that are no UTF-8', new Uint8Array([0x73, 0xff, 0xfe]), undefined, /UTF-8/],
    ['a file that is far too long', `# ${'x'.repeat(1_048_576)}`, undefined, /bytes; the most is/],
  ]
  for (const [title, content, line, message] of unreadable) {
    it(`${title} is refused with the file${line === undefined ? '' : ' and line'}`, () => {
      const [problem] = problemsOf(() => load(content))
      assert.equal(problem?.path, join(folder, `gateway-${files}.yaml${line === undefined ? '' : `:${line}`}`))
      assert.match(problem.message, message)
    })
  }

  it('an own key named __proto__ is an unknown key and changes nothing', () => {
    const problems = problemsOf(() => load(withSections('__proto__: { polluted: true }')))
    assert.deepEqual(
      problems.map(({ path }) => path),
      ['__proto__'],
    )
    assert.equal(Reflect.get({}, 'polluted'), undefined)
  })
})

describe('the configuration is found', () => {
  const cwd = join(folder, 'cwd')
  mkdirSync(join(cwd, 'sub'), { recursive: true })
  writeFileSync(join(cwd, 'gateway.yaml'), '')
  writeFileSync(join(cwd, 'other.yaml'), '')

  it('by --config, from where the user stands', () => {
    assert.equal(findConfig('other.yaml', cwd), join(cwd, 'other.yaml'))
    assert.equal(findConfig('../other.yaml', join(cwd, 'sub')), join(cwd, 'other.yaml'))
    assert.equal(findConfig(join(cwd, 'other.yaml'), '/'), join(cwd, 'other.yaml'))
  })

  it('else as ./gateway.yaml', () => {
    assert.equal(findConfig(undefined, cwd), join(cwd, 'gateway.yaml'))
  })

  it('or refused with the way to get one', () => {
    const [problem] = problemsOf(() => findConfig(undefined, join(cwd, 'sub')))
    assert.deepEqual(problem?.path, join(cwd, 'sub', 'gateway.yaml'))
    assert.match(problem.message, /vietqr-gateway init.*--config FILE/)
  })

  it('a folder in its place is refused', () => {
    const [problem] = problemsOf(() => loadSettings(cwd, {}))
    assert.match(problem?.message ?? '', /is a folder/)
  })
})

/** Nine levels of nine references each: 9⁹ texts, if they were followed. */
function bomb(): string {
  const levels = ['a: &a0 [x, x, x, x, x, x, x, x, x]']
  for (let level = 1; level < 9; level++) {
    levels.push(
      `k${level}: &a${level} [${Array(9)
        .fill(`*a${level - 1}`)
        .join(', ')}]`,
    )
  }
  return levels.join('\n')
}
