import { setTimeout as delay } from 'node:timers/promises'
import { StoryFailure } from './verb.ts'

/** How long the gateway and the devices may take to come (back). */
export const ARRIVAL_MS = 20_000
const LOOK_AGAIN_MS = 50

/** Asks again until it is so. @throws StoryFailure that names `what` when it is not in time */
export async function until(
  reached: () => Promise<boolean>,
  what: string | (() => string),
  milliseconds = ARRIVAL_MS,
): Promise<void> {
  const deadline = performance.now() + milliseconds
  while (!(await reached())) {
    if (performance.now() > deadline) {
      throw new StoryFailure(`missing within ${milliseconds} ms: ${typeof what === 'string' ? what : what()}`)
    }
    await delay(LOOK_AGAIN_MS)
  }
}
