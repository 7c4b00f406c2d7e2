import assert from 'node:assert/strict'
import { ConfigError, type Problem } from '../../../gateway/config/error.ts'

/** What a configuration is refused for; fails if it is not. */
export function problemsOf(load: () => unknown): readonly Problem[] {
  try {
    load()
  } catch (error) {
    assert(error instanceof ConfigError, String(error))
    return error.problems
  }
  assert.fail('the configuration was not refused')
}
