import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { watch } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { emptyFolder, SimProgram } from './sim-program.ts'

const FLEET = `
for: 60s
terminals: 2
devices: { soundbox: 2, pos: 2 }
payments: { perSecond: 10 }
`
const STORY = `
name: Nothing for a while
shop: { devices: [soundbox] }
story: [customer pays without an order: 10000, soundbox says: mười nghìn, time passes: 60s]
`

/** A folder with this file in it, and one for everything temporary the program makes. */
function place(name: string, text: string): { readonly folder: string; readonly temporary: string } {
  const folder = emptyFolder()
  const temporary = join(folder, 'tmp')
  mkdirSync(temporary)
  writeFileSync(join(folder, name), text)
  return { folder, temporary }
}

/** The process of the gateway on the stage in this folder, once it has said which it is. */
async function gatewayIn(temporary: string): Promise<number> {
  const running = (): number => {
    const files = readdirSync(temporary).map(stage => join(temporary, stage, 'data', 'gateway.pid'))
    const [file] = files.filter(path => existsSync(path))
    return file === undefined ? 0 : Number(readFileSync(file, 'utf8'))
  }
  if (running() > 0) return running()
  for await (const _ of watch(temporary, { recursive: true, signal: AbortSignal.timeout(10_000) })) {
    if (running() > 0) return running()
  }
  throw new Error('no gateway was started')
}

async function assertNothingStays(temporary: string, gateway: number): Promise<void> {
  assert.deepEqual(readdirSync(temporary), [])
  // Nobody tells of the end of another one's child, and a killed process takes a moment to be gone.
  for (let look = 0; look < 100 && isRunning(gateway); look += 1) await delay(20)
  assert.equal(isRunning(gateway), false, `the gateway ${gateway} is still running`)
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  // It has ended, and the system has yet to take notice of it.
  return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
}

test('a fleet that is interrupted reports what its customers did until then, and leaves nothing behind', async () => {
  const { folder, temporary } = place('fleet.yaml', FLEET)
  await using program = new SimProgram(['fleet', 'fleet.yaml'], folder, { TMPDIR: temporary })
  await program.says(/1 s: 0 orders, \d+ payments/)
  const gateway = await gatewayIn(temporary)
  const { code, stdout, stderr } = await program.stop('SIGINT')
  assert.equal(code, 0, stderr)
  const { ok, devices, payments, expected, came, missing, doubled } = JSON.parse(stdout)
  assert.deepEqual({ ok, devices, missing, doubled }, { ok: true, devices: 4, missing: 0, doubled: 0 })
  assert.ok(payments >= 9 && payments < 600, `${payments} payments`)
  assert.deepEqual([expected, came], [payments * 2, payments * 2])
  assert.equal(stderr.match(/4 of 4 devices are connected/g)?.length, 1)
  await assertNothingStays(temporary, gateway)
})

test('a story that is interrupted ends at once with the exit code of the signal, and leaves nothing behind', async () => {
  const { folder, temporary } = place('story.yaml', STORY)
  await using program = new SimProgram(['scenario', 'story.yaml'], folder, { TMPDIR: temporary })
  const gateway = await gatewayIn(temporary)
  const { code } = await program.stop('SIGINT')
  assert.equal(code, 130)
  await assertNothingStays(temporary, gateway)
})
