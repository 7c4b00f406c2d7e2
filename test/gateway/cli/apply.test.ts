import assert from 'node:assert/strict'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { cli, json, shop } from './support.ts'

const FLEET = `
terminals:
  - { code: QUAY01, bankCode: MB, bankAccount: "0000111122", holder: NGUYEN VAN MAU, name: Quầy một }
  - { code: QUAY02, bankCode: MB, bankAccount: "0000111133", holder: TRAN THI MAU }
devices:
  - { id: loa-1, kind: soundbox, terminal: QUAY01, name: Loa quầy một }
  - { id: hop-1, kind: paybox, terminal: QUAY02 }
  - { id: loa-2, kind: soundbox, terminal: QUAY02, enabled: false }
`

function folderWith(fleet: string): string {
  const folder = shop()
  writeFileSync(join(folder, 'fleet.yaml'), fleet)
  return folder
}

describe('apply', { concurrency: 3 }, () => {
  it('makes what is declared, shows credentials of new devices once, and changes nothing the second time', async () => {
    const folder = folderWith(FLEET)
    const dry = await cli(folder, ['apply', 'fleet.yaml', '--dry-run'])
    assert.equal(dry.stdout.split('\n').filter(line => /^\+ (terminal QUAY0|device )/.test(line)).length, 5)
    assert.deepEqual(await json(folder, ['terminals', 'list']), [])

    const first = await json(folder, ['apply', 'fleet.yaml'])
    assert.deepEqual(
      first.credentials.map(({ deviceId }: { deviceId: string }) => deviceId),
      ['loa-1', 'hop-1', 'loa-2'],
    )
    assert.equal((await json(folder, ['devices', 'show', 'loa-2'])).enabled, false)
    const again = await json(folder, ['apply', 'fleet.yaml'])
    assert.deepEqual(again, { changes: [], unchanged: 5, credentials: [] })

    writeFileSync(
      join(folder, 'fleet.yaml'),
      `devices:
  - { id: loa-1, kind: soundbox, terminal: QUAY02, counter: "7" }
  - { id: loa-2, kind: soundbox, terminal: QUAY02, enabled: true }
  - { id: hop-1, removed: true }
`,
    )
    const preview = await cli(folder, ['apply', 'fleet.yaml', '--dry-run'])
    assert.equal(
      preview.stdout,
      `~ device loa-1  terminalCode: QUAY01 → QUAY02, counter: - → 7
~ device loa-2  enabled: false → true
- device hop-1
0 entries are as declared already
`,
    )
    await json(folder, ['apply', 'fleet.yaml'])
    const devices = await json(folder, ['devices', 'list'])
    assert.deepEqual(
      devices.map((device: Record<string, unknown>) => [
        device.deviceId,
        device.terminalCode,
        device.name,
        device.enabled,
      ]),
      [
        ['loa-1', 'QUAY02', 'Loa quầy một', true],
        ['loa-2', 'QUAY02', 'loa-2', true],
      ],
    )
    const [entry] = await json(folder, ['audit', 'list', '--limit', '1'])
    assert.deepEqual([entry.action, entry.details], ['apply', { added: 0, changed: 2, removed: 1 }])
  })

  it('is all or nothing, and a refusal names the entry', async () => {
    const folder = folderWith(`${FLEET}  - { id: pos-1, kind: pos, terminal: QUAY09 }\n`)
    const { code, stdout, stderr } = await cli(folder, ['apply', 'fleet.yaml'])
    assert.deepEqual([code, stdout], [5, ''])
    assert.match(stderr, /devices\[3\] \(pos-1\): there is no terminal QUAY09/)
    assert.deepEqual(await json(folder, ['terminals', 'list']), [])
    assert.deepEqual(await json(folder, ['audit', 'list']), [])
  })

  it('says of every mistake in the file where it is and what would be right, exit 3', async () => {
    const folder = folderWith(`
terminals:
  - { code: QUAY01, bankCode: MB, bankAccount: 0000111122, holder: NGUYỄN VĂN MẪU }
devices:
  - { id: Loa 1, kind: speaker, terminal: QUAY01 }
  - { id: loa-2, kind: pos, terminal: QUAY01, colour: red }
  - { id: loa-3, removed: true }
  - { id: loa-3, removed: true }
shops: []
`)
    const { code, stderr } = await cli(folder, ['apply', 'fleet.yaml', '--dry-run'])
    assert.equal(code, 3)
    for (const line of [
      /^terminals\[0\]\.bankAccount: is not text; write it in quotes$/m,
      /^terminals\[0\]\.holder: .*without them/m,
      /^devices\[0\]\.id: must be 1 to 32/m,
      /^devices\[0\]\.kind: must be one of paybox/m,
      /^devices\[1\]: there is no key colour here$/m,
    ]) {
      assert.match(stderr, line)
    }
    assert.equal((await cli(folder, ['apply', 'none.yaml'])).code, 3)
  })

  it('--credentials writes a file for each new device that only its owner can read', async () => {
    const folder = folderWith(FLEET)
    const answer = await json(folder, ['apply', 'fleet.yaml', '--credentials', 'cards'])
    assert.deepEqual(answer.credentials, [])
    assert.deepEqual(readdirSync(join(folder, 'cards')).sort(), ['hop-1.json', 'loa-1.json', 'loa-2.json'])
    const file = join(folder, 'cards', 'loa-1.json')
    assert.equal(statSync(file).mode & 0o777, 0o600)
    assert.match(JSON.parse(readFileSync(file, 'utf8')).provisioningUri, /^mqtt:\/\/loa-1:/)
  })
})
