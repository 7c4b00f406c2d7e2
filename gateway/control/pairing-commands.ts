import { on } from 'node:events'
import { z } from 'zod'
import { newCredentials } from '../devices/credentials.ts'
import { EXIT } from '../exit-codes.ts'
import type { Gateway } from '../gateway.ts'
import type { Device } from '../ledger/model.ts'
import { type Command, type CommandContext, command, running } from './command.ts'
import { testDevice } from './device-test.ts'
import { counter, deviceId, deviceKind, displayName, terminalCode } from './device-words.ts'
import { CommandFailure } from './failure.ts'
import { newDeviceId, provisioning } from './provisioning.ts'

/** Said while `devices pair --wait` waits: the card at once, then what it is waiting for. */
export type PairProgress<Card> = { readonly card: Card } | { readonly waitingFor: 'connection' | 'answer' }

/** Timers count no further than some weeks. */
const MOST_WAIT_MS = 86_400_000

export const pairingCommands: Readonly<Record<string, Command>> = {
  'devices pair': command(
    z.object({
      kind: deviceKind,
      terminal: terminalCode,
      id: deviceId.optional(),
      name: displayName.optional(),
      counter: counter.optional(),
      waitMs: z.int().min(1).max(MOST_WAIT_MS, { error: 'is more than a day' }).optional(),
    }),
    async (context, { waitMs, ...args }) => {
      const gateway = waitMs === undefined ? null : running(context)
      const deviceId = args.id ?? newDeviceId(args.kind)
      const { password, stored } = newCredentials()
      // The certificates first: a device must not be registered with credentials nobody was shown.
      const login = await provisioning(context, deviceId, password)
      const device = {
        deviceId,
        kind: args.kind,
        name: args.name ?? deviceId,
        terminalCode: args.terminal,
        counter: args.counter ?? null,
        ...stored,
        createdAt: Date.now(),
      }
      await context.ledger.registry.addDevice(device, context.by)
      const card = { deviceId, kind: args.kind, terminalCode: args.terminal, ...login }
      if (gateway === null || waitMs === undefined) return card
      context.progress({ card })
      await untilItWorks(context, gateway, deviceId, waitMs)
      return card
    },
  ),
}

/** Ends when the device has connected and passed a test. @throws CommandFailure exit 6; it stays paired all the same */
async function untilItWorks(
  context: CommandContext,
  gateway: Gateway,
  deviceId: string,
  waitMs: number,
): Promise<void> {
  const { ledger, signal, progress } = context
  const timeOver = AbortSignal.timeout(waitMs)
  const limit = AbortSignal.any([signal, timeOver])
  const arrivals = on(gateway.events, 'reachable', { signal: limit })
  try {
    progress({ waitingFor: 'connection' })
    for await (const [arrived] of arrivals) if (arrived === deviceId) break
    progress({ waitingFor: 'answer' })
    await testDevice(gateway, await stillThere(ledger, deviceId), limit)
  } catch (error) {
    if (!timeOver.aborted) throw error
    const what = gateway.online.has(deviceId) ? 'has not answered the test' : 'has not connected'
    const seconds = Math.round(waitMs / 1000)
    throw new CommandFailure(
      EXIT.timeout,
      `device ${deviceId} ${what} within ${seconds} s. It stays paired: "devices test ${deviceId}" tries again`,
      { cause: error },
    )
  }
}

async function stillThere(ledger: CommandContext['ledger'], deviceId: string): Promise<Device> {
  const device = await ledger.registry.device(deviceId)
  if (device === null) throw new CommandFailure(EXIT.failed, `device ${deviceId} was removed meanwhile`)
  return device
}
