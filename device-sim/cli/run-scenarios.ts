import { whyOwnBroker } from '../scenario/own-broker.ts'
import { type Outcome, play } from '../scenario/play.ts'
import { inWords, junit } from '../scenario/report.ts'
import { readScenario, type Scenario, ScenarioError } from '../scenario/scenario-file.ts'
import { findMosquitto, NEEDS_MOSQUITTO } from '../stage/mosquitto-process.ts'
import type { ScenarioOptions } from './commands/scenario.ts'
import { EXIT, SimFailure, usage } from './failure.ts'
import { keepReport } from './report-file.ts'
import { endAtSignals } from './until-stopped.ts'

/** Plays the stories and prints how each ended. @throws SimFailure when one failed or cannot be read */
export async function runScenarios(files: readonly string[], options: ScenarioOptions): Promise<void> {
  const brokers = options.mosquitto === true ? 'mosquitto' : 'own'
  const fitting = files.map(read).filter(scenario => isChosen(scenario, options))
  if (fitting.length === 0) throw usage('no scenario fits; leave out --only, or give --slow for those that take long')
  const chosen = brokers === 'own' ? fitting : withoutOwnBroker(fitting)
  if (brokers === 'mosquitto' && findMosquitto() === null) {
    throw new SimFailure(EXIT.failed, `--mosquitto ${NEEDS_MOSQUITTO}`)
  }
  endAtSignals()
  const outcomes: Outcome[] = []
  const waiting = [...chosen]
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const outcome = await play(next, options.seed, brokers)
      outcomes.push(outcome)
      process.stdout.write(`${inWords(outcome)}\n`)
    }
  }
  await Promise.all(Array.from({ length: options.jobs }, work))
  const failed = outcomes.filter(({ ok }) => !ok).length
  process.stdout.write(`${outcomes.length - failed} of ${outcomes.length} as they should be, seed ${options.seed}\n`)
  if (options.report !== undefined) keepReport(options.report, junit(outcomes))
  if (failed > 0) throw new SimFailure(EXIT.failed, `${failed} of ${outcomes.length} scenarios failed`)
}

/** Says which stories are left out. @throws SimFailure when none is left */
function withoutOwnBroker(scenarios: readonly Scenario[]): Scenario[] {
  return scenarios.filter(scenario => {
    const why = whyOwnBroker(scenario)
    if (why === null) return true
    const left = `${scenario.file} cannot be played with --mosquitto, for ${why}`
    if (scenarios.every(other => whyOwnBroker(other) !== null)) throw usage(left)
    process.stdout.write(`left out: ${left}\n`)
    return false
  })
}

function read(file: string): Scenario {
  try {
    return readScenario(file)
  } catch (error) {
    if (error instanceof ScenarioError) throw new SimFailure(EXIT.usage, error.message, { cause: error })
    throw error
  }
}

function isChosen({ slow, name, file, covers }: Scenario, options: ScenarioOptions): boolean {
  if (slow && options.slow !== true) return false
  const { only } = options
  return only === undefined || covers.includes(only) || name.includes(only) || file.includes(only)
}
