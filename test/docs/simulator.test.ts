import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { simulatorText } from '../../device-sim/reference.ts'

test('docs/simulator.md is in step with the program: run `npm run docs` after a change', () => {
  const written = readFileSync(join(import.meta.dirname, '../../docs/simulator.md'), 'utf8')
  assert.equal(written, simulatorText(written))
})
