import { readFileSync, writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { z } from 'zod'
import { harmless, harmlessJson } from '../../gateway/cli/text.ts'
import type { DeviceKind } from '../../protocol/local/topics.ts'
import { RecentIds } from '../devices/recent-ids.ts'
import { SimulatedDevice } from '../devices/simulated-device.ts'
import type { DeviceOptions } from './commands/device.ts'
import { usage } from './failure.ts'
import { pressKey } from './keys.ts'
import { readPassword, readPem } from './options.ts'
import { untilStopped } from './until-stopped.ts'

/** Plays a device until the process is asked to stop. @throws SimFailure */
export async function runDevice(kind: DeviceKind, options: DeviceOptions): Promise<void> {
  const { url, id, passwordFile, ca, memory } = options
  const device = new SimulatedDevice({
    kind,
    url,
    deviceId: id,
    password: readPassword(passwordFile),
    ca: ca === undefined ? undefined : readPem('--ca', ca),
    memory: memory === undefined ? undefined : keptIn(memory),
  })
  const stopped = untilStopped()
  device.events.on('effect', effect => process.stdout.write(`${harmlessJson(effect)}\n`))
  tellOfTheLink(device)
  device.start()
  const keys = createInterface({ input: process.stdin })
  keys.on('line', line => {
    pressKey(device, line).catch(error => say(error instanceof Error ? error.message : String(error)))
  })
  await stopped
  keys.close()
  process.stdin.destroy()
  await device.stop()
}

function tellOfTheLink(device: SimulatedDevice): void {
  let last = ''
  const once = (line: string): void => {
    // A broker that is away is tried again and again, and the reason is always the same.
    if (line !== last) say(line)
    last = line
  }
  device.events.on('reachable', () => once('connected'))
  device.events.on('problem', reason => once(reason))
}

function say(line: string): void {
  process.stderr.write(`vietqr-sim: ${harmless(line)}\n`)
}

/** Written before each effect, so that no loss of power makes a machine release twice. */
function keptIn(file: string): RecentIds {
  return new RecentIds(readIds(file), ids => writeFileSync(file, JSON.stringify(ids), { flush: true }))
}

function readIds(file: string): readonly string[] {
  try {
    return z.array(z.string()).parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw usage(`--memory: ${file} does not hold the ids of a device; name a file that does not exist yet`)
  }
}
