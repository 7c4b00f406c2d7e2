import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { play } from '../../../device-sim/scenario/play.ts'
import { inWords } from '../../../device-sim/scenario/report.ts'
import { readScenario } from '../../../device-sim/scenario/scenario-file.ts'
import { needsMosquitto } from '../../support/needs.ts'

const FOLDER = join(import.meta.dirname, '../../../device-sim/scenarios')

/** The stories a shop lives by, in order of the time they take: the longest first. */
const STORIES = [
  'gateway-killed',
  'short-payment',
  'lost-notice',
  'machine-loses-power',
  'told-twice',
  // VietQR's boxes are at the gateway's own listener also then.
  'box-beside-natives',
  'paid-while-link-is-down',
  'paybox-returns',
  'pos-away',
  'vending-happy',
  'whole-shop',
]

describe('the main part of the library, with a Mosquitto as each broker', {
  skip: needsMosquitto(),
  concurrency: 5,
}, () => {
  for (const name of STORIES) {
    const scenario = readScenario(join(FOLDER, `${name}.yaml`))
    it(scenario.name, async () => {
      const outcome = await play(scenario, 1, 'mosquitto')
      assert.ok(outcome.ok, inWords(outcome))
    })
  }
})
