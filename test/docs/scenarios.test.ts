import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { parseScenario } from '../../device-sim/scenario/scenario-file.ts'
import { VERBS } from '../../device-sim/scenario/verbs.ts'

const PAGE = readFileSync(join(import.meta.dirname, '../../docs/scenarios.md'), 'utf8')

test('the page on scenarios has every verb with its meaning, and no other', () => {
  const rows = PAGE.split('\n').filter(line =>
    /^\| (a device, by its id|`(?!name|slow|covers|about|story|shop)\w+`) \|/.test(line),
  )
  const said = rows.map(row => row.split(' | ').slice(1).join(' | ').replace(/ \|$/, ''))
  assert.deepEqual(
    said,
    VERBS.map(verb => `${verb.said} | ${verb.means}`),
  )
})

test('the example of the page can be played', () => {
  const example = /```yaml\n(.*?)```/s.exec(PAGE)?.[1] ?? ''
  assert.equal(parseScenario(example, 'example').story.length, 4)
})
