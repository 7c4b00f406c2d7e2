import { readFileSync, writeFileSync } from 'node:fs'
import { z } from 'zod'
import type { Device } from '../devices/device.ts'
import { KnobError } from '../devices/knob.ts'
import { readKnobs } from '../devices/knobs.ts'
import type { Credentials } from '../devices/pairing.ts'
import { type BoxKind, isBoxKind, type Quirks, type SimulatedKind, usualQuirks } from '../devices/quirks.ts'
import { RecentIds } from '../devices/recent-ids.ts'
import { SimulatedBox } from '../devices/simulated-box.ts'
import { SimulatedDevice } from '../devices/simulated-device.ts'
import { Eg800ak } from '../soundboxes/eg800ak.ts'
import type { SoundboxFirmware } from '../soundboxes/firmware.ts'
import { MoreFun } from '../soundboxes/morefun.ts'
import { VendorSoundbox } from '../soundboxes/vendor-soundbox.ts'
import type { DeviceOptions } from './commands/device.ts'
import { usage } from './failure.ts'
import { readPassword, readPem } from './options.ts'

/** The device a command line describes. @throws SimFailure with what would be right */
export function makeDevice(kind: SimulatedKind, options: DeviceOptions, paired: Credentials | null = null): Device {
  const { url, passwordFile, ca, id = paired?.deviceId, memory } = options
  if (ca !== undefined && !url.startsWith('mqtts:')) {
    throw usage('--ca is for a broker behind TLS; --url should begin with mqtts://, or leave --ca out')
  }
  const quirks = knobsOf(kind, options)
  const access = {
    url,
    password: paired?.password ?? passwordOf(passwordFile),
    ca: ca === undefined ? undefined : readPem('--ca', ca),
  }
  if (isBoxKind(kind)) return new SimulatedBox({ kind, ...access, ...boxOf(kind, options), quirks })
  if (id === undefined) throw usage(`a ${kind} needs --id, its deviceId`)
  const { variant, productKey } = options
  if (variant !== undefined) {
    if (kind !== 'soundbox') throw usage(`--variant is for a soundbox; a ${kind} has none`)
    if (memory !== undefined) throw usage('--memory is for native devices; leave it out with --variant')
    return new VendorSoundbox({ ...access, firmware: firmwareOf(variant, id, productKey), deviceId: id, quirks })
  }
  if (productKey !== undefined) throw usage('--product-key belongs to --variant morefun')
  return new SimulatedDevice({
    kind,
    ...access,
    deviceId: id,
    quirks,
    memory: memory === undefined ? undefined : keptIn(memory, { ...usualQuirks(kind), ...quirks }.memory),
  })
}

function passwordOf(file: string | undefined): string {
  if (file === undefined) throw usage('--password-file is missing: the file with the password of the device')
  return readPassword(file)
}

function firmwareOf(variant: 'morefun' | 'eg800ak', serial: string, productKey: string | undefined): SoundboxFirmware {
  if (variant === 'morefun') return new MoreFun(serial, productKey)
  if (productKey !== undefined) throw usage('--product-key belongs to --variant morefun')
  return new Eg800ak(`soundbox/${serial}`)
}

function boxOf(kind: BoxKind, { id, memory, variant, mac, boxKeyFile, username, internet }: DeviceOptions) {
  if (id !== undefined) throw usage(`a ${kind} has no deviceId; it is known by its --mac`)
  if (variant !== undefined) throw usage(`--variant is for a soundbox; a ${kind} has none`)
  if (memory !== undefined) throw usage(`a ${kind} remembers nothing it was told; leave --memory out`)
  if (mac === undefined || boxKeyFile === undefined) throw usage(`a ${kind} needs --mac and --box-key-file`)
  return { mac, boxKey: readPassword(boxKeyFile, '--box-key-file'), username, internet }
}

function knobsOf(kind: SimulatedKind, { knobs }: DeviceOptions): Partial<Quirks> {
  try {
    return readKnobs(kind, knobs)
  } catch (error) {
    if (error instanceof KnobError) throw usage(error.message)
    throw error
  }
}

/** Written before each effect, so that no loss of power makes a machine release twice. */
function keptIn(file: string, most: number): RecentIds {
  return new RecentIds(readIds(file), ids => writeFileSync(file, JSON.stringify(ids), { flush: true }), most)
}

function readIds(file: string): readonly string[] {
  try {
    return z.array(z.string()).parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw usage(`--memory: ${file} does not hold the ids of a device; name a file that does not exist yet`)
  }
}
