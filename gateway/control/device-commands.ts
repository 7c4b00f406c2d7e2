import { z } from 'zod'
import { isDeviceId } from '../../protocol/ids.ts'
import { DEVICE_KINDS } from '../../protocol/local/topics.ts'
import { hashesOf, newSecret } from '../devices/credentials.ts'
import { type Command, type CommandContext, command, listArgs } from './command.ts'
import { CommandFailure, EXIT } from './failure.ts'
import { newDeviceId, provisioning } from './provisioning.ts'
import { deviceView } from './views.ts'

const named = z.object({ id: z.string() })
const percent = z.int({ error: 'must be a whole number' }).min(0).max(100, { error: 'must be 0 to 100' })

export const deviceCommands: Readonly<Record<string, Command>> = {
  'devices pair': command(
    z.object({
      kind: z.enum(DEVICE_KINDS, { error: `must be one of ${DEVICE_KINDS.join(', ')}` }),
      terminal: z.string(),
      id: z.string().refine(isDeviceId, { error: 'must be 1 to 32 of a-z, 0-9 and -' }).optional(),
      name: z.string().trim().max(100).optional(),
      counter: z
        .string()
        .min(1, { error: 'is empty; leave it out, or name the counter' })
        .refine(text => Buffer.byteLength(text) <= 8, { error: 'has more than 8 bytes' })
        .refine(text => !/\p{C}/u.test(text), { error: 'contains control characters' })
        .optional(),
    }),
    async (context, args) => {
      const deviceId = args.id ?? newDeviceId(args.kind)
      const password = newSecret()
      // The certificates first: a device must not be registered with credentials nobody was shown.
      const card = await provisioning(context, deviceId, password)
      await context.ledger.registry.addDevice({
        deviceId,
        kind: args.kind,
        name: args.name ?? deviceId,
        terminalCode: args.terminal,
        counter: args.counter ?? null,
        ...hashesOf(password),
        createdAt: Date.now(),
      })
      return { deviceId, kind: args.kind, terminalCode: args.terminal, ...card }
    },
  ),

  'devices list': command(listArgs, async ({ ledger, gateway }, { limit }) => {
    const devices = await ledger.registry.devices()
    const shown = limit === 0 ? devices : devices.slice(0, limit)
    return shown.map(device => deviceView(device, gateway?.online.has(device.deviceId) ?? false))
  }),

  'devices show': command(named, async ({ ledger, gateway }, { id }) => {
    const device = await ledger.registry.device(id)
    if (device === null) throw unknown(id)
    return deviceView(device, gateway?.online.has(id) ?? false)
  }),

  'devices set': command(
    z.object({
      id: z.string(),
      volume: percent.optional(),
      language: z.enum(['vi', 'en'], { error: 'must be vi or en' }).optional(),
      brightness: percent.optional(),
    }),
    async ({ ledger, gateway }, { id, ...settings }) => {
      const named = Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined))
      if (Object.keys(named).length === 0) {
        throw new CommandFailure(EXIT.usage, 'nothing to set: give --volume, --language or --brightness')
      }
      const device = await ledger.registry.setDevice(id, named)
      if (device === null) throw unknown(id)
      await gateway?.deviceSet(device)
      return { deviceId: id, ...device.settings }
    },
  ),

  'devices remove': command(named, async (context, { id }) => removeDevice(context, id)),
}

async function removeDevice({ ledger, gateway }: CommandContext, id: string): Promise<unknown> {
  if (!(await ledger.registry.removeDevice(id, Date.now()))) throw unknown(id)
  gateway?.dropDevice(id)
  return { deviceId: id, removed: true }
}

function unknown(id: string): CommandFailure {
  return new CommandFailure(EXIT.unknown, `there is no device ${id}; "devices list" shows them`)
}
