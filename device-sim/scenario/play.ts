import { setTimeout as delay } from 'node:timers/promises'
import type { Scenario } from './scenario-file.ts'
import { Scene } from './scene.ts'
import { StoryFailure } from './verb.ts'

/** How a scenario ended. */
export interface Outcome {
  readonly scenario: Scenario
  readonly ok: boolean
  readonly ms: number
  /** The line that did not come about, what was missing or doubled, and everything that was noticed; null when all is well. */
  readonly failure: { readonly line: string; readonly what: string; readonly account: readonly string[] } | null
}

/** After the last line: what comes now comes twice. */
const SETTLE_MS = 700

/** Longer than any line takes by its own measure. */
const LINE_MS = 150_000

/** Plays one story on a stage of its own. Never rejects: whatever goes wrong is its outcome. */
export async function play(scenario: Scenario, seed: number): Promise<Outcome> {
  const began = performance.now()
  const ended = (failure: Outcome['failure']): Outcome => {
    return { scenario, ok: failure === null, ms: Math.round(performance.now() - began), failure }
  }
  let line = 'the shop opens'
  let account: readonly string[] = []
  try {
    await using scene = await Scene.open(scenario, seed)
    try {
      for (const { words, subject, play: perform } of scenario.story) {
        line = words
        await inTime(perform(scene, subject))
      }
      line = 'nothing comes twice'
      await delay(SETTLE_MS)
      const unexplained = scene.witness.unexplained()
      if (unexplained.length > 0) return ended({ line, what: unexplained.join('\n'), account: scene.witness.account() })
    } finally {
      account = scene.witness.account()
    }
    return ended(null)
  } catch (error) {
    return ended({ line, what: error instanceof Error ? error.message : String(error), account })
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
