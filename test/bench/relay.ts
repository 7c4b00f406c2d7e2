import { writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { needsMosquitto } from '../support/needs.ts'
import { delivery, type Effort, type Finding, flushes, intake, latency, type Measure, scale } from './measures.ts'
import { Package } from './package.ts'
import { standing } from './standing.ts'
import { median } from './statistics.ts'

/**
 * `npm run bench -- relay`: how much of a plain bridge's speed is left once nothing may be lost.
 *
 * Three ways from a host's broker stand beside each other, each with a broker of its own: a Mosquitto **bridge**, in memory,
 * that promises nothing; the **gateway**, as its package is installed; and a **naive** gateway with the same ledger and one commit
 * for each message. They run in turn, in one run, so that what else the machine does meets them all. What counts is the
 * ratio of the medians; the numbers themselves are this machine's.
 */

const MEASURES: Readonly<Record<string, (program: string, effort: Effort) => Promise<readonly Measure[]>>> = {
  intake: async (program, effort) => [await intake(program, effort)],
  delivery,
  latency: async (program, effort) => [await latency(program, effort)],
  flushes: async (program, effort) => [await flushes(program, effort)],
  standing,
  scale: async (program, effort) => [await scale(program, effort)],
}

const USAGE = `npm run bench -- relay [--only ${Object.keys(MEASURES).join(',')}] [--rounds 5] [--payments 10000] [--seconds 5] [--out FILE]`

/** Runs what the words ask for; the exit code. */
export async function benchRelay(words: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...words],
    options: {
      only: { type: 'string', default: Object.keys(MEASURES).join(',') },
      rounds: { type: 'string', default: '5' },
      payments: { type: 'string', default: '10000' },
      seconds: { type: 'string', default: '5' },
      out: { type: 'string', default: join(tmpdir(), 'vietqr-bench-relay.json') },
    },
  })
  const { only, out } = values
  const effort = { rounds: whole(values.rounds), payments: whole(values.payments), seconds: whole(values.seconds) }
  const chosen = only.split(',').map(name => MEASURES[name])
  const missing = needsMosquitto()
  if (chosen.includes(undefined) || missing !== false) {
    say(missing === false ? USAGE : missing)
    return 2
  }
  using built = await Package.build()
  const measures: Measure[] = []
  for (const measure of chosen) {
    for (const done of (await measure?.(built.gateway, effort)) ?? []) {
      measures.push(done)
      show(done)
    }
  }
  const machine = { processors: cpus().length, model: cpus()[0]?.model, node: process.version }
  writeFileSync(out, `${JSON.stringify({ machine, effort, at: new Date().toISOString(), measures }, null, 2)}\n`)
  say(`written to ${out}`)
  return 0
}

function show({ measure, unit, samples, findings }: Measure): void {
  say(`\n${measure}, ${unit}`)
  for (const [name, values] of Object.entries(samples)) {
    say(`  ${name.padEnd(24)} ${number(median(values)).padStart(9)}   of ${values.map(number).join(' ')}`)
  }
  for (const finding of findings) say(`  → ${finding.name}: ${number(finding.value)}${verdict(finding)}`)
}

function verdict({ value, target }: Finding): string {
  if (target === undefined) return ''
  if ('atLeast' in target) return ` (${value >= target.atLeast ? 'met' : 'MISSED'}: at least ${target.atLeast})`
  return ` (${value <= target.atMost ? 'met' : 'MISSED'}: at most ${target.atMost})`
}

function number(value: number): string {
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3)
}

function whole(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1) throw new Error(`${text} is not a whole number of at least 1: ${USAGE}`)
  return value
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
