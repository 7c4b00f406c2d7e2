import type { z } from 'zod'
import { newCredentials } from '../devices/credentials.ts'
import type { Fleet, FleetChange } from '../ledger/registry-book.ts'
import { type Command, type CommandContext, command } from './command.ts'
import { fleetFile } from './fleet-file.ts'
import { type Provisioning, provisioning } from './provisioning.ts'

export interface ApplyAnswer {
  readonly changes: readonly FleetChange[]
  readonly unchanged: number
  /** Of the devices that are new; shown once. */
  readonly credentials: readonly (Provisioning & {
    readonly deviceId: string
    readonly kind: string
    readonly terminalCode: string
  })[]
}

export const applyCommands: Readonly<Record<string, Command>> = {
  apply: command(fleetFile, (context, file) => apply(context, file, false)),
  'apply --dry-run': command(fleetFile, (context, file) => apply(context, file, true)),
}

/** Fits no password. */
const NO_SECRET = { secretSha256: new Uint8Array(32) }

async function apply(context: CommandContext, file: z.infer<typeof fleetFile>, dryRun: boolean): Promise<ApplyAnswer> {
  const { ledger, gateway, by } = context
  const passwords = new Map<string, string>()
  const known = new Set((await ledger.registry.devices()).map(({ deviceId }) => deviceId))
  const fleet: Fleet = {
    terminals: file.terminals.map(terminal =>
      terminal.removed
        ? { terminalCode: terminal.code, removed: true }
        : { ...terminal, terminalCode: terminal.code, removed: false },
    ),
    devices: file.devices.map(device => {
      if (device.removed) return { deviceId: device.id, removed: true }
      const declared = { ...device, deviceId: device.id, terminalCode: device.terminal, removed: false as const }
      // Hashes for Mosquitto are slow on purpose: none is made for nothing.
      if (known.has(device.id)) return { ...declared, credentials: NO_SECRET }
      const { password, stored } = newCredentials()
      passwords.set(device.id, password)
      return { ...declared, credentials: stored }
    }),
  }
  // The certificates first: a device must not be registered with credentials nobody was shown.
  if (!dryRun) await provisioning(context, 'any', '')
  const { changes, unchanged, left } = await ledger.registry.apply(fleet, Date.now(), dryRun, by)
  if (dryRun) return { changes, unchanged, credentials: [] }
  for (const changed of left) gateway?.technician.deviceLeft(changed.device.deviceId, changed)
  for (const { change, what, id } of changes) if (change === 'remove' && what === 'device') gateway?.presence.forget(id)
  if (changes.some(({ what }) => what === 'terminal')) await gateway?.refreshSubscriptions()
  const added = new Set(changes.filter(({ change, what }) => change === 'add' && what === 'device').map(({ id }) => id))
  const credentials: ApplyAnswer['credentials'][number][] = []
  for (const device of fleet.devices) {
    if (device.removed || !added.has(device.deviceId)) continue
    const { deviceId, kind, terminalCode } = device
    const login = await provisioning(context, deviceId, passwords.get(deviceId) ?? '')
    credentials.push({ deviceId, kind, terminalCode, ...login })
  }
  return { changes, unchanged, credentials }
}
