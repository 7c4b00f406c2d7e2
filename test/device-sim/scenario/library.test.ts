import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { play } from '../../../device-sim/scenario/play.ts'
import { inWords } from '../../../device-sim/scenario/report.ts'
import { readScenario } from '../../../device-sim/scenario/scenario-file.ts'

const FOLDER = join(import.meta.dirname, '../../../device-sim/scenarios')

/** Stories of what the others are variations of; the gate plays the whole library. */
const SHORT = [
  'whole-shop',
  'plain-account',
  'short-payment',
  'pays-twice',
  'cancelled-then-paid',
  'gateway-killed',
  'two-servers',
  'lost-notice',
  'forged-payment',
  'recall',
  'box-vending-happy',
  'box-screen-happy',
  'box-no-pulses',
]

describe('the scenario library', { concurrency: 5 }, () => {
  it('can be read, every file of it, and no two stories have one name', () => {
    const files = readdirSync(FOLDER).filter(name => name.endsWith('.yaml'))
    const names = files.map(file => readScenario(join(FOLDER, file)).name)
    assert.equal(new Set(names).size, files.length)
  })
  for (const file of SHORT) {
    const scenario = readScenario(join(FOLDER, `${file}.yaml`))
    it(scenario.name, async () => {
      const outcome = await play(scenario, 1)
      assert.ok(outcome.ok, inWords(outcome))
    })
  }
})
