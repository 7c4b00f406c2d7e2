import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { z } from 'zod'
import { systemClock } from '../../gateway/clock.ts'
import { DEVICE_KINDS } from '../../protocol/local/topics.ts'
import { askForCredentials, type Credentials } from '../devices/pairing.ts'
import type { SimulatedKind } from '../devices/quirks.ts'
import type { DeviceOptions } from './commands/device.ts'
import { EXIT, SimFailure, usage } from './failure.ts'
import { readPem } from './options.ts'

/** What a device keeps in its flash: the client id it asks with, then its credentials. */
const fileShape = z.union([
  z.object({ deviceId: z.string(), password: z.string() }),
  z.object({ clientId: z.string() }),
])
type Kept = z.infer<typeof fileShape>

/**
 * The credentials a device was given over a pairing window, now or in an earlier run; null where they come from `--id` and
 * `--password-file`. @throws SimFailure
 */
export async function pairedCredentials(
  kind: SimulatedKind,
  options: DeviceOptions,
  say: (words: string) => void,
): Promise<Credentials | null> {
  const { url, ca, credentials: file, pairCode: code, serial } = options
  if (file === undefined) {
    if (code === undefined && serial === undefined) return null
    throw usage('--pair-code needs --credentials, the file the device keeps them in')
  }
  const native = DEVICE_KINDS.find(known => known === kind)
  if (native === undefined) throw usage(`a ${kind} cannot ask for credentials; leave --credentials out`)
  if (options.id !== undefined || options.passwordFile !== undefined) {
    throw usage('--credentials stands for --id and --password-file; give it alone')
  }
  const kept = readKept(file)
  if (kept !== null && 'password' in kept) return kept
  if (code === undefined || serial === undefined) {
    throw usage(`${file} holds no credentials yet; --pair-code and --serial ask for them`)
  }
  const clientId = kept?.clientId ?? `sim-${randomBytes(12).toString('hex')}`
  keep(file, { clientId })
  const pem = ca === undefined ? undefined : readPem('--ca', ca)
  const asking = { url, ca: pem, code, clientId, serial, kind: native, clock: systemClock }
  try {
    const given = await askForCredentials(asking, say)
    keep(file, given)
    say(`paired as ${given.deviceId}`)
    return given
  } catch (error) {
    throw new SimFailure(EXIT.failed, error instanceof Error ? error.message : String(error), { cause: error })
  }
}

function keep(file: string, kept: Kept): void {
  writeFileSync(file, `${JSON.stringify(kept)}\n`, { mode: 0o600, flush: true })
}

function readKept(file: string): Kept | null {
  try {
    return fileShape.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw usage(`--credentials: ${file} holds no credentials of a device; name a file that does not exist yet`)
  }
}
