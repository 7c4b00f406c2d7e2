import { z } from 'zod'
import { isBoxKind } from '../../protocol/vietqr/box-kinds.ts'
import { newCredentials } from '../devices/credentials.ts'
import { EXIT } from '../exit-codes.ts'
import type { Device } from '../ledger/model.ts'
import type { ChangedDevice, DeviceChange } from '../ledger/registry-book.ts'
import { type Command, type CommandContext, command, listArgs, running } from './command.ts'
import { testDevice } from './device-test.ts'
import { counter, displayName, named, terminalCode } from './device-words.ts'
import { CommandFailure } from './failure.ts'
import { provisioning } from './provisioning.ts'
import { deviceDetails, deviceView } from './views.ts'

const percent = z.int({ error: 'must be a whole number' }).min(0).max(100, { error: 'must be 0 to 100' })

/** The registry of devices, once they are paired. */
export const deviceCommands: Readonly<Record<string, Command>> = {
  'devices list': command(listArgs, async ({ ledger, gateway }, { limit }) => {
    const devices = await ledger.registry.devices()
    const shown = limit === 0 ? devices : devices.slice(0, limit)
    return shown.map(device => {
      const witness = gateway?.presence.of(device) ?? null
      return { view: deviceView(device, witness), details: deviceDetails(device, witness) }
    })
  }),

  'devices show': command(named, async (context, { id }) => {
    const device = await found(context, id)
    return { ...viewOf(context, device), ...deviceDetails(device, context.gateway?.presence.of(device) ?? null) }
  }),

  'devices set': command(
    named.extend({
      volume: percent.optional(),
      language: z.enum(['vi', 'en'], { error: 'must be vi or en' }).optional(),
      brightness: percent.optional(),
    }),
    async ({ ledger, gateway, by }, { id, ...settings }) => {
      const named = Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined))
      if (Object.keys(named).length === 0) {
        throw new CommandFailure(EXIT.usage, 'nothing to set: give --volume, --language or --brightness')
      }
      const device = await ledger.registry.setDevice(id, named, Date.now(), by)
      if (device === null) throw unknown(id)
      await gateway?.deviceSet(device)
      return { deviceId: id, ...device.settings }
    },
  ),

  'devices rotate': command(named, async (context, { id }) => {
    const device = await found(context, id)
    refuseBox(device, 'its login is that of all boxes, broker.vietqrBoxes in the configuration')
    const { kind, terminalCode } = device
    const { password, stored } = newCredentials()
    // The certificates first: credentials that nobody was shown would lock the device out.
    const card = await provisioning(context, id, password)
    if (!(await context.ledger.registry.rotateDevice(id, stored, Date.now(), context.by))) throw unknown(id)
    context.gateway?.technician.cutOff(id)
    return { deviceId: id, kind, terminalCode, ...card }
  }),

  'devices rename': command(named.extend({ name: displayName }), (context, { id, name }) =>
    change(context, id, { action: 'rename', name }),
  ),

  'devices move': command(
    named.extend({ terminal: terminalCode, counter: counter.optional() }),
    async (context, { id, terminal, counter }) => {
      refuseBox(
        await found(context, id),
        'its terminal comes from VietQR: bind it to another account in the VietQR app',
      )
      return change(context, id, { action: 'move', terminalCode: terminal, counter })
    },
  ),

  'devices disable': command(named, (context, { id }) => change(context, id, { action: 'disable' })),

  'devices enable': command(named, (context, { id }) => change(context, id, { action: 'enable' })),

  'devices remove': command(named, async ({ ledger, gateway, by }, { id }) => {
    const removed = await ledger.registry.removeDevice(id, Date.now(), by)
    if (removed === null) {
      // One of VietQR's boxes that was never activated.
      if (!(await ledger.boxes.forget(id, Date.now(), by))) throw unknown(id)
      gateway?.technician.cutOff(id)
      return { deviceId: id, removed: true, deliveriesEnded: 0, ordersEnded: [] }
    }
    gateway?.technician.deviceLeft(id, removed)
    gateway?.presence.forget(id)
    return { deviceId: id, removed: true, ...endedWith(removed) }
  }),

  'devices test': command(named, async (context, { id }) => {
    const gateway = running(context)
    return testDevice(gateway, await found(context, id), context.signal)
  }),
}

async function change(context: CommandContext, id: string, wanted: DeviceChange): Promise<unknown> {
  const { ledger, gateway, by } = context
  await found(context, id)
  const changed = await ledger.registry.changeDevice(id, wanted, Date.now(), by)
  if (changed === null) throw unknown(id)
  const leaves = wanted.action === 'move' || wanted.action === 'disable'
  if (changed.changed && leaves) gateway?.technician.deviceLeft(id, changed)
  return { ...viewOf(context, changed.device), changed: changed.changed, ...endedWith(changed) }
}

/** How much ended with a change, for the person who made it. */
function endedWith({ ended, orders }: ChangedDevice) {
  return { deliveriesEnded: ended.length, ordersEnded: orders.map(({ orderId }) => orderId) }
}

function viewOf({ gateway }: CommandContext, device: Device) {
  return deviceView(device, gateway?.presence.of(device) ?? null)
}

async function found({ ledger }: CommandContext, id: string): Promise<Device> {
  const device = await ledger.registry.device(id)
  if (device !== null) return device
  const box = await ledger.boxes.of(id)
  if (box === null) throw unknown(id)
  const again = `"devices pair ${box.kind} --mac ${box.macAsSaid}" shows its code again`
  throw new CommandFailure(EXIT.unknown, `${id} is registered, but no merchant has activated it yet: ${again}`)
}

/** @throws CommandFailure for one of VietQR's boxes */
function refuseBox({ deviceId, kind }: Device, why: string): void {
  if (isBoxKind(kind)) throw new CommandFailure(EXIT.failed, `${deviceId} is a ${kind}: ${why}`)
}

function unknown(id: string): CommandFailure {
  return new CommandFailure(EXIT.unknown, `there is no device ${id}; "devices list" shows them`)
}
