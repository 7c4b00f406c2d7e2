import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Fleet } from './fleet.ts'
import { paced } from './payments.ts'
import { openBridge, openGateway, openNaive, type Relay } from './relays.ts'
import { median, percentile } from './statistics.ts'

/** How much is measured. */
export interface Effort {
  readonly rounds: number
  /** Payments of one burst. */
  readonly payments: number
  /** Seconds of one stretch at an even pace. */
  readonly seconds: number
}

/** One measure: what each contender did in each round, in the unit named, and what that says. */
export interface Measure {
  readonly measure: string
  readonly unit: string
  readonly samples: Readonly<Record<string, readonly number[]>>
  readonly findings: readonly Finding[]
}

export interface Finding {
  readonly name: string
  readonly value: number
  /** What it should be; undefined where nothing is asked. */
  readonly target?: { readonly atLeast: number } | { readonly atMost: number }
}

/** A pause after each burst, so that what is left of one does not count for the next. */
const REST_MS = 250
/** Bursts before those that count: V8 compiles what runs often, and goes on with that for some tens of thousands of payments. */
const WARM_UP = 3
/** By then the gateway has given back what it does not need. */
const AT_REST_MS = 6000
const RESIDENT = 'process_resident_memory_bytes'
const TERMINALS = 100
const BOXES = 100
const PER_SECOND = 100

/**
 * Host broker → on disk → acknowledged, beside a bridge and a gateway that commits every message. That one gets a fifth of the
 * payments: its speed is the disk's, the same for few and many, and on a busy disk a whole burst takes it a minute.
 */
export async function intake(program: string, { rounds, payments }: Effort): Promise<Measure> {
  await using parts = new AsyncDisposableStack()
  const size = { terminals: TERMINALS, devices: 0 }
  const bridge = parts.use(await openBridge())
  const gateway = parts.use(await openGateway(program, size))
  const naive = parts.use(await openNaive(size))
  const take = async (relay: Relay): Promise<number> => {
    const count = relay === naive ? Math.ceil(payments / 5) : payments
    return count / (await relay.take(count, TERMINALS))
  }
  const samples = await inTurn(rounds, [bridge, gateway, naive], take)
  return {
    measure: 'intake',
    unit: 'payments/s',
    samples,
    findings: [
      { name: 'intake, of the bridge', value: ratio(samples, 'gateway', 'bridge'), target: { atLeast: 0.75 } },
      { name: 'intake, of the naive gateway', value: ratio(samples, 'gateway', 'naive'), target: { atLeast: 4 } },
    ],
  }
}

/**
 * Host broker → a hundred boxes → their answers acknowledged, by the gateway once they are on disk. And its memory: at rest before,
 * right after each burst, and at rest again.
 */
export async function delivery(program: string, { rounds, payments }: Effort): Promise<readonly Measure[]> {
  await using parts = new AsyncDisposableStack()
  const relays = [
    parts.use(await openBridge()),
    parts.use(await openGateway(program, { terminals: TERMINALS, devices: BOXES })),
  ]
  const fleets = await openFleets(relays, parts)
  const again: number[] = []
  const memory: Record<string, number[]> = {}
  const remember = async (when: string): Promise<void> => {
    for (const { gateway } of relays) if (gateway) push(memory, when, (await gateway.metric(RESIDENT)) / 1e6)
  }
  await delay(AT_REST_MS)
  await remember('at rest')
  const samples = await inTurn(rounds, relays, async relay => {
    const fleet = fleets.get(relay)
    await fleet?.expect(payments)
    const started = performance.now()
    const [answer] = await Promise.all([fleet?.done(), relay.take(payments, TERMINALS)])
    const seconds = (performance.now() - started) / 1000
    again.push(answer?.again ?? 0)
    if (relay.gateway) await remember('after a burst')
    return payments / seconds
  })
  await delay(AT_REST_MS)
  await remember('at rest again')
  const value = ratio(samples, 'gateway', 'bridge')
  return [
    {
      measure: 'delivery',
      unit: 'payments/s',
      samples,
      findings: [
        { name: 'whole delivery, of the bridge', value, target: { atLeast: 0.35 } },
        { name: 'announcements said twice', value: Math.max(...again), target: { atMost: 0 } },
      ],
    },
    {
      measure: 'memory',
      unit: 'MB',
      samples: memory,
      findings: [
        { name: `memory at rest, ${BOXES} boxes`, value: largest(memory, 'at rest'), target: { atMost: 120 } },
        { name: 'the same after the bursts', value: largest(memory, 'at rest again'), target: { atMost: 120 } },
        { name: 'and right after one', value: largest(memory, 'after a burst'), target: { atMost: 120 } },
      ],
    },
  ]
}

/** What the gateway adds to the way from the host to the box, at a pace that leaves it time. */
export async function latency(program: string, { rounds, seconds }: Effort): Promise<Measure> {
  await using parts = new AsyncDisposableStack()
  const relays = [
    parts.use(await openBridge()),
    parts.use(await openGateway(program, { terminals: TERMINALS, devices: BOXES })),
  ]
  const fleets = await openFleets(relays, parts)
  const count = seconds * PER_SECOND
  const samples: Record<string, number[]> = {}
  const memory: number[] = []
  await inTurn(rounds, relays, async (relay, counts) => {
    const fleet = fleets.get(relay)
    await fleet?.expect(count)
    const written = await paced(relay.load, count, TERMINALS, PER_SECOND)
    const { times = [] } = (await fleet?.done()) ?? {}
    const took = times.map(([payment, at]) => Number(BigInt(at) - (written[payment] ?? 0n)) / 1e6)
    for (const [name, part] of [
      ['p50', 0.5],
      ['p99', 0.99],
    ] as const) {
      if (counts) push(samples, `${relay.name} ${name}`, percentile(took, part))
    }
    const used = await relay.gateway?.metric(RESIDENT)
    if (used !== undefined) memory.push(used / 1e6)
    return median(took)
  })
  const more = (name: string): number => difference(samples, `gateway ${name}`, `bridge ${name}`)
  return {
    measure: `latency at ${PER_SECOND} payments/s`,
    unit: 'ms',
    samples,
    findings: [
      { name: 'added latency, p50, ms', value: more('p50'), target: { atMost: 2 } },
      { name: 'added latency, p99, ms', value: more('p99'), target: { atMost: 6 } },
      { name: `memory, ${BOXES} boxes, MB`, value: Math.max(...memory), target: { atMost: 120 } },
    ],
  }
}

/**
 * Flushes to disk for each payment at full load: the system calls fsync and fdatasync, counted by strace, which is told to let
 * all others pass without a stop, and to stand behind the gateway (-D), so that it is the gateway that is told to end. Where there is no strace, the commits the gateway counts itself; checkpoints come on top.
 */
export async function flushes(program: string, { rounds, payments }: Effort): Promise<Measure> {
  const folder = mkdtempSync(join(tmpdir(), 'vietqr-bench-trace-'))
  const trace = join(folder, 'trace')
  const calls = ['-e', 'trace=fsync,fdatasync', '-e', 'signal=none']
  const traced = hasStrace()
  const under = traced ? ['strace', '-D', '-f', '--seccomp-bpf', '-qq', ...calls, '-o', trace] : []
  try {
    await using gateway = await openGateway(program, { terminals: TERMINALS, devices: 0 }, under)
    const count = async (): Promise<number> =>
      traced ? lines(trace) : ((await gateway.gateway?.metric('vietqr_commit_seconds_count')) ?? 0)
    const samples = await inTurn(rounds, [gateway], async relay => {
      const before = await count()
      await relay.take(payments, TERMINALS)
      return ((await count()) - before) / payments
    })
    const value = median(samples.gateway ?? [])
    const name = traced ? 'flushes per payment (strace)' : 'flushes per payment (commits; no strace here)'
    return { measure: 'flushes', unit: 'per payment', samples, findings: [{ name, value, target: { atMost: 0.05 } }] }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Processor time for a payment with many registered terminals, against few. */
export async function scale(program: string, { rounds, payments }: Effort): Promise<Measure> {
  const few = 10
  const many = 10_000
  await using parts = new AsyncDisposableStack()
  const shops = [
    { terminals: few, relay: parts.use(await openGateway(program, { terminals: few, devices: 0 })) },
    { terminals: many, relay: parts.use(await openGateway(program, { terminals: many, devices: 0 })) },
  ]
  const samples: Record<string, number[]> = {}
  for (let round = 0; round <= rounds; round += 1) {
    for (const { terminals, relay } of shops) {
      const before = await processorSeconds(relay)
      await relay.take(payments, terminals)
      const each = (((await processorSeconds(relay)) - before) / payments) * 1e6
      if (round > 0) push(samples, `${terminals} terminals`, each)
      await delay(REST_MS)
    }
  }
  const value = ratio(samples, `${many} terminals`, `${few} terminals`)
  return {
    measure: 'scale',
    unit: 'processor µs per payment',
    samples,
    findings: [{ name: 'cost of a payment, 10,000 terminals against 10', value, target: { atMost: 1.3 } }],
  }
}

async function inTurn(
  rounds: number,
  relays: readonly Relay[],
  run: (relay: Relay, counts: boolean) => Promise<number>,
): Promise<Record<string, number[]>> {
  const samples: Record<string, number[]> = Object.fromEntries(relays.map(({ name }) => [name, []]))
  for (let round = -WARM_UP; round < rounds; round += 1) {
    for (const relay of relays) {
      const value = await run(relay, round >= 0)
      if (round >= 0) samples[relay.name]?.push(value)
      await delay(REST_MS)
    }
  }
  return samples
}

function push(samples: Record<string, number[]>, name: string, value: number): void {
  samples[name] = [...(samples[name] ?? []), value]
}

function largest(samples: Readonly<Record<string, readonly number[]>>, name: string): number {
  return Math.max(...(samples[name] ?? []))
}

async function openFleets(relays: readonly Relay[], parts: AsyncDisposableStack): Promise<ReadonlyMap<Relay, Fleet>> {
  const fleets = new Map<Relay, Fleet>()
  for (const relay of relays) {
    fleets.set(relay, parts.use(await Fleet.open(relay.devicePort, BOXES, relay.gateway ? 'gateway' : 'bridge')))
  }
  return fleets
}

async function processorSeconds({ gateway }: Relay): Promise<number> {
  return (await gateway?.metric('process_cpu_seconds_total')) ?? Number.NaN
}

function ratio(samples: Readonly<Record<string, readonly number[]>>, of: string, to: string): number {
  return median(samples[of] ?? []) / median(samples[to] ?? [])
}

function difference(samples: Readonly<Record<string, readonly number[]>>, of: string, to: string): number {
  return median(samples[of] ?? []) - median(samples[to] ?? [])
}

function hasStrace(): boolean {
  try {
    execFileSync('strace', ['-D', '-f', '--seccomp-bpf', '-qq', '-e', 'trace=fsync', '-o', '/dev/null', 'true'])
    return true
  } catch {
    return false
  }
}

function lines(file: string): number {
  return readFileSync(file, 'utf8').split('\n').length - 1
}
