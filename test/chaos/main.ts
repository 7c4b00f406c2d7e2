import { parseArgs } from 'node:util'
import { checkpoint } from './checkpoint.ts'
import { crashPoints } from './crash-points.ts'
import { disk } from './disk.ts'
import { kill } from './kill.ts'
import { links } from './links.ts'
import { poison } from './poison.ts'
import type { Proof } from './proof.ts'
import { returning } from './return.ts'
import { storm } from './storm.ts'
import { syscalls } from './syscalls.ts'
import { withheld } from './withheld.ts'

/**
 * `npm run chaos -- [--seed N] [--only NAME] [--short]`: tries to break what the gateway promises. One line for each proof; a
 * broken promise is named, with the seed that repeats the same choices, and the exit code is then 1.
 */
const PROOFS: readonly Proof[] = [
  kill,
  crashPoints,
  checkpoint,
  syscalls,
  storm,
  poison,
  withheld,
  links,
  disk,
  returning,
]

const { values } = parseArgs({
  options: { seed: { type: 'string' }, only: { type: 'string' }, short: { type: 'boolean', default: false } },
})
const seed = values.seed === undefined ? Date.now() % 1_000_000 : Number(values.seed)
const chosen = PROOFS.filter(({ name }) => values.only === undefined || values.only === name)

if (!Number.isInteger(seed) || chosen.length === 0) {
  const names = PROOFS.map(({ name }) => name).join(', ')
  process.stderr.write(`--seed takes a whole number, --only one of ${names}\n`)
  process.exitCode = 2
} else {
  for (const proof of chosen) await run(proof)
}

async function run(proof: Proof): Promise<void> {
  const missing = proof.needs()
  if (missing !== false) {
    say(`${proof.name}: skipped, ${missing}`)
    return
  }
  const started = performance.now()
  const about = `seed=${seed}${values.short ? ' short' : ''}`
  try {
    const counts = await proof.run({ seed, short: values.short })
    const told = Object.entries(counts).map(([what, count]) => `${what}=${count}`)
    const seconds = Math.round((performance.now() - started) / 1000)
    say(`${proof.name}: holds ${about} ${told.join(' ')} seconds=${seconds}`)
  } catch (error) {
    const again = `npm run chaos -- --only ${proof.name} --seed ${seed}${values.short ? ' --short' : ''}`
    say(`${proof.name}: BROKEN ${about}; repeat with ${again}\n${reason(error)}`)
    process.exitCode = 1
  }
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.name === 'Violation' ? error.message : (error.stack ?? error.message)
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
