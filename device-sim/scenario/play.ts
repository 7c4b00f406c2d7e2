import { setTimeout as delay } from 'node:timers/promises'
import type { Brokers } from '../stage/stage.ts'
import type { Scenario } from './scenario-file.ts'
import { Scene } from './scene.ts'
import { StoryFailure } from './verb.ts'

/** What was wrong with a story. */
export interface Failure {
  /** The line that did not come about. */
  readonly line: string
  /** What was missing or doubled. */
  readonly what: string
  /** Everything that was noticed. */
  readonly account: readonly string[]
  /** The way of the last order's payment, as the gateway tells it. */
  readonly trace: readonly string[]
}

/** How a scenario ended. */
export interface Outcome {
  readonly scenario: Scenario
  readonly ok: boolean
  readonly ms: number
  /** Null when all is well. */
  readonly failure: Failure | null
}

/** After the last line: what comes now comes twice. */
const SETTLE_MS = 700

/** Longer than any line takes by its own measure. */
const LINE_MS = 150_000

/** Plays one story on a stage of its own. Never rejects: whatever goes wrong is its outcome. */
export async function play(scenario: Scenario, seed: number, brokers: Brokers = 'own'): Promise<Outcome> {
  const began = performance.now()
  const ended = (failure: Outcome['failure']): Outcome => {
    return { scenario, ok: failure === null, ms: Math.round(performance.now() - began), failure }
  }
  let line = 'the shop opens'
  let account: readonly string[] = []
  let trace: readonly string[] = []
  try {
    await using scene = await Scene.open(scenario, seed, brokers)
    try {
      for (const { words, subject, play: perform } of scenario.story) {
        line = words
        await inTime(perform(scene, subject))
      }
      line = 'nothing comes twice'
      await delay(SETTLE_MS)
      const unexplained = scene.witness.unexplained()
      if (unexplained.length > 0) throw new StoryFailure(unexplained.join('\n'))
      return ended(null)
    } catch (error) {
      account = scene.witness.account()
      trace = await scene.trace().catch(() => [])
      throw error
    }
  } catch (error) {
    return ended({ line, what: error instanceof Error ? error.message : String(error), account, trace })
  }
}

/** A line nobody answers must not hold the report back. @throws StoryFailure */
async function inTime(line: Promise<void>): Promise<void> {
  const over = new AbortController()
  const late = delay(LINE_MS, undefined, { signal: over.signal }).then(() => {
    throw new StoryFailure(`nothing came of it within ${LINE_MS / 1000} s`)
  })
  late.catch(() => {})
  await Promise.race([line, late]).finally(() => over.abort())
}
