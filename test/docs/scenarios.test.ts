import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { parseScenario, readScenario } from '../../device-sim/scenario/scenario-file.ts'
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

const STORIES = join(import.meta.dirname, '../../device-sim/scenarios')

/** The numbers the stories say they cover, each with its stories. */
function covered(): ReadonlyMap<string, readonly string[]> {
  const told = new Map<string, string[]>()
  for (const file of readdirSync(STORIES)) {
    for (const number of readScenario(join(STORIES, file)).covers) {
      told.set(number, [...(told.get(number) ?? []), file].sort())
    }
  }
  return told
}

test('every trap of the field has its stories on the page, those that cover it, or the reason why it has none', () => {
  const rows = [...PAGE.matchAll(/^\| ([TF]\d+) \| [^|]+ \| ([^|]+) \|$/gm)].map(([, number = '', told = '']) => {
    const stories = [...told.matchAll(/\(\.\.\/device-sim\/scenarios\/([a-z-]+\.yaml)\)/g)].map(([, file = '']) => file)
    return { number, told, stories }
  })
  const every = (letter: string, last: number) => Array.from({ length: last }, (_, index) => `${letter}${index + 1}`)
  assert.deepEqual(
    rows.map(({ number }) => number),
    [...every('T', 25), ...every('F', 38)],
  )
  const stories = covered()
  for (const { number, told, stories: listed } of rows) {
    assert.deepEqual([...listed].sort(), stories.get(number) ?? [], `the stories of ${number}`)
    assert.equal(told.startsWith('none: '), listed.length === 0, number)
  }
})
