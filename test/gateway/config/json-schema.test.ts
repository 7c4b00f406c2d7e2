import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parse } from 'yaml'
import { exampleConfig } from '../../../gateway/config/example.ts'
import { configJsonSchema, type KeySchema, keyTree } from '../../../gateway/config/json-schema.ts'
import { parseSettings } from '../../../gateway/config/load.ts'
import { loadSecrets } from '../../../gateway/config/secrets.ts'

const KEYS = `
site dataDir host host.url host.allowInsecure host.username host.passwordFile host.caFile host.certFile host.keyFile
host.environment host.session host.clientId host.keepalive host.requestTimeout host.additionalDataKey host.lookupSuffix
host.topics host.boxKeyFile host.qrCheck
broker broker.mode broker.listen broker.allowInsecure broker.advertise broker.url broker.username broker.passwordFile
broker.reload broker.reload.pidFile broker.reload.command
broker.vietqrBoxes broker.vietqrBoxes.listen broker.vietqrBoxes.username broker.vietqrBoxes.passwordFile
http http.listen http.tokenFile
payments payments.confirm payments.orderTtl payments.lateGrace
payments.lookup payments.lookup.first payments.lookup.max payments.lookup.perSecond
voice voice.language voice.region alarms alarms.webhook alarms.command
retention retention.payments retention.raw log log.level log.pretty`
  .trim()
  .split(/\s+/)

function entries(tree: KeySchema, above = ''): [path: string, schema: KeySchema][] {
  return Object.entries(tree.properties ?? {}).flatMap(([key, schema]) => [
    [above + key, schema],
    ...entries(schema, `${above}${key}.`),
  ])
}

describe('the JSON Schema of gateway.yaml', () => {
  it('has exactly the keys of the contract, each with a description', () => {
    const found = entries(keyTree()).filter(([path]) => !path.startsWith('host.topics.'))
    assert.deepEqual(found.map(([path]) => path).sort(), KEYS.toSorted())
    for (const [path, { description }] of found) assert.ok(description, path)
  })

  it('refuses unknown keys in every object', () => {
    for (const [path, schema] of entries(keyTree())) {
      if (schema.properties !== undefined) assert.equal(schema.additionalProperties, false, path)
    }
  })

  it('describes the file as it is written: durations as text, empty keys as null, defaults before parsing', () => {
    const schema = JSON.parse(JSON.stringify(configJsonSchema()))
    assert.equal(schema.$schema, 'https://json-schema.org/draft/2020-12/schema')
    assert.deepEqual(schema.required, ['site', 'host'])
    const { url, keepalive } = schema.properties.host.properties
    assert.equal(url.type, 'string')
    assert.equal(keepalive.default, '60s')
    assert.deepEqual(
      keepalive.anyOf.map((form: KeySchema) => form.type),
      ['string', 'null'],
    )
    assert.deepEqual(schema.properties.broker.default, {})
    assert.deepEqual(schema.properties.http.anyOf[0].properties.tokenFile.anyOf[1], { type: 'null' })
  })
})

describe('the file that init writes', () => {
  const text = exampleConfig()

  it('is valid as it stands and asks for no file that is not there', () => {
    const settings = parseSettings(parse(text), '/nowhere', {})
    assert.deepEqual(loadSecrets(settings, {}), {})
  })

  it('changes nothing but site and host.url', () => {
    const bare = { site: 'cua-hang-01', host: { url: 'mqtts://broker.example:8883' } }
    assert.deepEqual(parseSettings(parse(text), '/nowhere', {}), parseSettings(bare, '/nowhere', {}))
  })

  it('shows every key under a comment', () => {
    const lines = text.split('\n')
    for (const path of KEYS) {
      const key = path.split('.').at(-1)
      const depth = path.split('.').length - 1
      const at = lines.findIndex(line => new RegExp(`^ {${depth * 2}}(# )?${key}:`).test(line))
      assert.ok(at > 0, path)
      assert.match(lines[at - 1] ?? '', /^\s*# \S/, path)
    }
  })

  it('stays valid when everything that is commented out is put in', () => {
    const all = text.replace(/^(\s+)# ([a-zA-Z]+: \S+.*)$/gm, (line, indent: string, rest: string) =>
      /^(listen|username|passwordFile|pidFile|webhook|command): /.test(rest) ? indent + rest : line,
    )
    const written = parse(all)
    delete written.broker.reload.command
    const settings = parseSettings(written, '/nowhere', {})
    assert.equal(settings.broker.vietqrBoxes?.username, 'box')
    assert.equal(settings.alarms.webhook, 'https://chat.example/hook')
  })
})
