import { createInterface } from 'node:readline'
import { harmless, harmlessJson } from '../../gateway/cli/text.ts'
import type { Device } from '../devices/device.ts'
import type { SimulatedKind } from '../devices/quirks.ts'
import type { DeviceOptions } from './commands/device.ts'
import { makeDevice } from './make-device.ts'
import { untilStopped } from './until-stopped.ts'

/** Plays a device until the process is asked to stop. @throws SimFailure */
export async function runDevice(kind: SimulatedKind, options: DeviceOptions): Promise<void> {
  const device = makeDevice(kind, options)
  const stopped = untilStopped()
  device.events.on('effect', effect => process.stdout.write(`${harmlessJson(effect)}\n`))
  tellOfTheLink(device)
  device.powerOn()
  const keys = createInterface({ input: process.stdin })
  keys.on('line', line => {
    pressed(device, line).catch(error => say(error instanceof Error ? error.message : String(error)))
  })
  await stopped
  keys.close()
  process.stdin.destroy()
  await device.stop()
}

async function pressed(device: Device, line: string): Promise<void> {
  const key = line.trim()
  if (key === 'off') await device.powerOff()
  else if (key !== 'on') await device.key(line)
  else if (!device.online) {
    await device.powerOff()
    device.powerOn()
  }
}

function tellOfTheLink(device: Device): void {
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
