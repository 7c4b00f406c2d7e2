import { z } from 'zod'
import { newCredentials } from '../devices/credentials.ts'
import type { Confirmed, Granted } from '../devices/pairing-answers.ts'
import { EXIT } from '../exit-codes.ts'
import type { PairingWindow } from '../ledger/pairing-book.ts'
import { type Command, type CommandContext, command, running } from './command.ts'
import { counter, deviceId, displayName, terminalCode } from './device-words.ts'
import { CommandFailure } from './failure.ts'
import { newDeviceId, provisioning } from './provisioning.ts'
import { time } from './views.ts'

const SHORTEST_MS = 10_000
const LONGEST_MS = 900_000

/** Pairing windows: how a device without keyboard and camera is let ask for its credentials. */
export const pairingWindowCommands: Readonly<Record<string, Command>> = {
  'pairing open': command(
    z.object({
      terminal: terminalCode.optional(),
      forMs: z
        .int()
        .min(SHORTEST_MS, { error: 'must be at least 10s' })
        .max(LONGEST_MS, { error: 'must be at most 15m: a code that is open for long is overheard' }),
    }),
    async (context, { terminal = null, forMs }): Promise<OpenedWindow> => {
      const { pairing } = running(context)
      if (context.settings.broker.mode === 'external') {
        throw new CommandFailure(
          EXIT.policy,
          'with broker.mode external no pairing window can be opened: Mosquitto lets nobody in who has no login; use "devices pair"',
        )
      }
      const { code, expiresAt } = await pairing.open(forMs, terminal, context.by)
      return { code, terminalCode: terminal, expiresAt: time(expiresAt) }
    },
  ),

  'pairing show': command(z.object({}), async (context): Promise<WindowView> => {
    const window = await running(context).pairing.look()
    if (window === null) throw new CommandFailure(EXIT.unknown, 'no pairing window is open; "pairing open" opens one')
    return viewOf(window)
  }),

  'pairing confirm': command(
    z.object({
      code: z.string().regex(/^[\d\s-]{1,40}$/, { error: 'must be the eight digits "pairing open" showed' }),
      terminal: terminalCode.optional(),
      id: deviceId.optional(),
      name: displayName.optional(),
      counter: counter.optional(),
      serial: z.string().optional(),
    }),
    async (context, { code, serial, ...wanted }): Promise<ConfirmAnswer> => {
      const { pairing } = running(context)
      const confirmed = await pairing.confirm(code, serial, window => grant(context, window, wanted), context.by)
      if (confirmed.outcome !== 'confirmed') throw refusal(confirmed)
      const { window, deviceId, until } = confirmed
      const device = await context.ledger.registry.device(deviceId)
      return {
        deviceId,
        kind: window.asker?.kind ?? '',
        terminalCode: device?.terminalCode ?? '',
        serial: window.asker?.serial ?? '',
        address: window.asker?.address ?? '',
        expiresAt: time(until),
      }
    },
  ),
}

export interface OpenedWindow {
  readonly code: string
  readonly terminalCode: string | null
  readonly expiresAt: string | null
}

export type WindowView = ReturnType<typeof viewOf>

/** What was confirmed; the credentials are for the device alone. `expiresAt`: when it must have connected with them. */
export interface ConfirmAnswer {
  readonly deviceId: string
  readonly kind: string
  readonly terminalCode: string
  readonly serial: string
  readonly address: string
  readonly expiresAt: string | null
}

function viewOf({ state, terminalCode, expiresAt, triesLeft, asker, rival, deviceId }: PairingWindow) {
  return {
    state,
    terminalCode,
    expiresAt: time(expiresAt),
    triesLeft,
    serial: asker?.serial ?? null,
    kind: asker?.kind ?? null,
    address: asker?.address ?? null,
    rival: rival === null ? null : `${rival.serial} (${rival.kind}) from ${rival.address}`,
    deviceId,
  }
}

interface Wanted {
  readonly terminal?: string | undefined
  readonly id?: string | undefined
  readonly name?: string | undefined
  readonly counter?: string | undefined
}

async function grant(context: CommandContext, window: PairingWindow, wanted: Wanted): Promise<Granted> {
  const { asker } = window
  if (asker === null) throw refusal({ outcome: 'nobody' })
  const terminal = wanted.terminal ?? window.terminalCode
  if (terminal === null) {
    throw new CommandFailure(EXIT.usage, 'the window was opened without a terminal: name it with --terminal')
  }
  const { kind } = asker
  const id = wanted.id ?? newDeviceId(kind)
  const { password, stored } = newCredentials()
  const login = await provisioning(context, id, password)
  const named = { deviceId: id, kind, terminalCode: terminal }
  const device = {
    ...named,
    name: wanted.name ?? id,
    counter: wanted.counter ?? null,
    ...stored,
    createdAt: Date.now(),
  }
  return { device, card: { ...named, ...login } }
}

function refusal(why: Exclude<Confirmed, { outcome: 'confirmed' }>): CommandFailure {
  switch (why.outcome) {
    case 'unknown':
      return new CommandFailure(EXIT.unknown, 'no pairing window has this code; "pairing open" shows a new one')
    case 'used':
      return new CommandFailure(EXIT.unknown, 'this code was used already; "pairing open" shows a new one')
    case 'nobody':
      return new CommandFailure(
        EXIT.unknown,
        'no device has asked with this code yet; "pairing show" tells when one has',
      )
    case 'expired':
      return new CommandFailure(
        EXIT.timeout,
        'the time of this code is over and nothing is paired; open another window',
      )
    case 'tries':
      return new CommandFailure(EXIT.policy, 'the window was ended by too many wrong codes; open another one')
    case 'contested': {
      const { serial = '', address = '' } = why.window.asker ?? {}
      const rival = why.window.rival
      return new CommandFailure(
        EXIT.policy,
        `two devices asked with this code: ${serial} from ${address}, then ${rival?.serial} from ${rival?.address}; nobody is paired, open another window`,
      )
    }
    case 'other-serial':
      return new CommandFailure(
        EXIT.policy,
        `the device that asked is ${why.window.asker?.serial} (${why.window.asker?.kind}), not the one named; nothing is paired`,
      )
    case 'confirmed-already':
      return new CommandFailure(EXIT.failed, `this code is confirmed already, for device ${why.window.deviceId}`)
  }
}
