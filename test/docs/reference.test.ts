import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { referenceText } from '../../gateway/reference.ts'

test('docs/reference.md is in step with the program: run `npm run docs` after a change', () => {
  const written = readFileSync(join(import.meta.dirname, '../../docs/reference.md'), 'utf8')
  assert.equal(written, referenceText())
})
