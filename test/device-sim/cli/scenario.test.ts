import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { needsMosquitto } from '../../support/needs.ts'
import { emptyFolder, SimProgram } from './sim-program.ts'

const STORIES = {
  'good.yaml':
    'name: Heard\nshop: { devices: [soundbox] }\nstory: [customer pays without an order: 10000, soundbox says: mười nghìn]',
  'missing.yaml':
    'name: Unheard <of>\nshop: { devices: [soundbox] }\nstory: [soundbox says: { text: tiền, within: 200ms }]',
  'unasked.yaml':
    'name: Unasked\ncovers: [F2]\nshop: { devices: [soundbox, paybox] }\nstory: [customer pays without an order: 10000, paybox shows: { view: payment }]',
}

test('a story that fails names its line and what was missing or nobody asked for, in words and for build servers', async () => {
  const folder = emptyFolder()
  for (const [name, text] of Object.entries(STORIES)) writeFileSync(join(folder, name), text)
  const files = Object.keys(STORIES)
  const { code, stdout, stderr } = await new SimProgram(
    ['scenario', ...files, '--jobs', '3', '--report', 'junit:report.xml', '--seed', '7'],
    folder,
  ).end()
  assert.equal(code, 1)
  assert.match(stderr, /2 of 3 scenarios failed/)
  assert.match(stdout, /^ok {3}Heard/m)
  assert.match(
    stdout,
    /missing\.yaml, at “soundbox says: \{"text":"tiền","within":"200ms"\}”:\n +missing within 200 ms/,
  )
  assert.match(stdout, /nobody expected: soundbox speak \{"kind":"paid","amount":10000,/)
  assert.match(stdout, /^1 of 3 as they should be, seed 7$/m)
  const report = readFileSync(join(folder, 'report.xml'), 'utf8')
  assert.match(report, /<testsuite name="vietqr-sim scenario" tests="3" failures="2"/)
  assert.match(report, /name="Unheard &lt;of&gt;".*<failure message="at soundbox says/)
})

test('what cannot be played is refused before anything is started', async () => {
  const folder = emptyFolder()
  writeFileSync(join(folder, 'good.yaml'), STORIES['good.yaml'])
  writeFileSync(join(folder, 'odd.yaml'), 'name: odd\nstory: [soundbox says: x]')
  writeFileSync(join(folder, 'cuts.yaml'), 'name: cuts\nstory: [host has faults: { disconnects: 0.5 }]')
  const ends = await Promise.all(
    [
      ['scenario', 'nowhere.yaml'],
      ['scenario', 'odd.yaml'],
      ['scenario', 'good.yaml', '--only', 'T99'],
      ['scenario', 'good.yaml', '--report', 'xml'],
      ['scenario', 'good.yaml', '--jobs', '0'],
      ['scenario', 'cuts.yaml', '--mosquitto'],
    ].map(args => new SimProgram(args, folder).end()),
  )
  assert.deepEqual(
    ends.map(({ code }) => code),
    [2, 2, 2, 2, 2, 2],
  )
  assert.match(ends[1]?.stderr ?? '', /odd\.yaml: story\[0\]: nobody is called soundbox/)
  assert.match(ends[5]?.stderr ?? '', /cuts\.yaml cannot be played with --mosquitto, for its fault disconnects/)
})

test('with --mosquitto a story is played at two Mosquittos, and one that needs the host’s own broker is left out', {
  skip: needsMosquitto(),
}, async () => {
  const folder = emptyFolder()
  writeFileSync(join(folder, 'good.yaml'), STORIES['good.yaml'])
  writeFileSync(
    join(folder, 'cuts.yaml'),
    'name: cuts\nshop: { host: { faults: { disconnects: 1 } } }\nstory: [time passes: 1s]',
  )
  const { code, stdout } = await new SimProgram(['scenario', 'good.yaml', 'cuts.yaml', '--mosquitto'], folder).end()
  assert.equal(code, 0)
  assert.match(stdout, /^left out: cuts\.yaml cannot be played/m)
  assert.match(stdout, /^ok {3}Heard[\s\S]*^1 of 1 as they should be/m)
})
