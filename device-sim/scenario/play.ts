import { setTimeout as delay } from 'node:timers/promises'
import type { Scenario } from './scenario-file.ts'
import { Scene } from './scene.ts'

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
        await perform(scene, subject)
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
