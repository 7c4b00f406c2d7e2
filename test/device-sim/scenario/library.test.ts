import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { play } from '../../../device-sim/scenario/play.ts'
import { inWords } from '../../../device-sim/scenario/report.ts'
import { readScenario } from '../../../device-sim/scenario/scenario-file.ts'

const FOLDER = join(import.meta.dirname, '../../../device-sim/scenarios')

/** The stories that ship. Those that take longer than a minute are for runs that leave nothing out. */
const PATIENT = process.env.EVERY_TEST === '1'

describe('the scenario library', { concurrency: 5 }, () => {
  for (const file of readdirSync(FOLDER).filter(name => name.endsWith('.yaml'))) {
    const scenario = readScenario(join(FOLDER, file))
    it(scenario.name, { skip: scenario.slow && !PATIENT && 'takes longer than a minute' }, async () => {
      const outcome = await play(scenario, 1)
      assert.ok(outcome.ok, inWords(outcome))
    })
  }
})
