import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { startHostBroker } from './brokers.ts'
import { GatewayProcess } from './gateway-process.ts'
import type { Effort, Measure } from './measures.ts'
import { median } from './statistics.ts'

/** What it takes before anything is done: until the gateway calls itself ready, and until its help is on the screen. */
export async function standing(program: string, { rounds }: Effort): Promise<readonly Measure[]> {
  await using host = await startHostBroker()
  const ready: number[] = []
  const help: number[] = []
  const bare: number[] = []
  for (let round = 0; round <= rounds; round += 1) {
    await using gateway = await GatewayProcess.start({
      program,
      hostUrl: host.url,
      size: { terminals: 100, devices: 100 },
    })
    const took = [await milliseconds('-e', '0'), await milliseconds(program, '--help')]
    // The first start fills the cache of compiled code, as the first start after an installation does.
    if (round === 0) continue
    ready.push(gateway.readyMs)
    bare.push(took[0] ?? Number.NaN)
    help.push(took[1] ?? Number.NaN)
  }
  return [
    {
      measure: 'ready',
      unit: 'ms after the start',
      samples: { gateway: ready },
      findings: [{ name: 'ready after, ms', value: median(ready), target: { atMost: 1000 } }],
    },
    {
      measure: 'help',
      unit: 'ms',
      samples: { 'vietqr-gateway --help': help, 'node -e 0': bare },
      findings: [{ name: '--help, of a bare node', value: median(help) / median(bare), target: { atMost: 2 } }],
    },
  ]
}

async function milliseconds(...args: readonly string[]): Promise<number> {
  const started = performance.now()
  await promisify(execFile)(process.execPath, args)
  return performance.now() - started
}
