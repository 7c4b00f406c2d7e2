import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'

const run = promisify(execFile)
const ROOT = join(import.meta.dirname, '..')
/** What Node.js 22.18, the oldest the package runs on, does not have. */
const TOO_NEW = /\bnew (Async)?DisposableStack\b|\bRegExp\.escape\b|\bPromise\.try\b|\bawait using\b/

test('what the package contains runs without the sources', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vietqr-package-'))
  const { files } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
  const tsc = join(ROOT, 'node_modules/.bin/tsc')
  await run(tsc, ['-p', join(ROOT, 'tsconfig.build.json'), '--outDir', join(folder, 'dist')])
  for (const file of ['package.json', ...files]) {
    if (file !== 'dist') cpSync(join(ROOT, file), join(folder, file), { recursive: true })
  }
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))

  const version = await run(process.execPath, [join(folder, 'device-sim/bin.mjs'), '--help'])
  assert.match(version.stdout, /vietqr-sim/)
  const { stdout } = await run(process.execPath, [join(folder, 'gateway/bin.mjs'), 'sandbox', '--once', '--json'])
  const { ok, steps } = JSON.parse(stdout)
  assert.equal(ok, true)
  const named = steps.map(({ step }: { step: string }) => step)
  for (const step of ['order', 'request', 'qr', 'payment', 'paybox', 'soundbox', 'countercall', 'vending', 'pos']) {
    assert.ok(named.includes(step), `${step} is missing`)
  }
  assert.match(readFileSync(join(folder, 'dist/gateway/gateway.d.ts'), 'utf8'), /class Gateway/)
  // The checkout brings a newer Node.js than a package may meet.
  const programs = readdirSync(join(folder, 'dist'), { recursive: true, encoding: 'utf8' }).filter(name =>
    name.endsWith('.js'),
  )
  const tooNew = programs.filter(name => TOO_NEW.test(readFileSync(join(folder, 'dist', name), 'utf8')))
  assert.deepEqual(tooNew, [])
  rmSync(folder, { recursive: true })
})
