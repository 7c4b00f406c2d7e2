import { on } from 'node:events'
import { z } from 'zod'
import { isDeviceId } from '../../protocol/ids.ts'
import { BOX_KINDS } from '../../protocol/vietqr/box-kinds.ts'
import { macAsSaid, macKey } from '../../protocol/vietqr/mac.ts'
import { TopicError } from '../../protocol/vietqr/topics.ts'
import { BoxKeyMissingError } from '../boxes/onboarding.ts'
import { EXIT } from '../exit-codes.ts'
import type { Gateway } from '../gateway.ts'
import type { Actor } from '../ledger/audit-trail.ts'
import type { NewBox } from '../ledger/box-book.ts'
import type { Box } from '../ledger/model.ts'
import { type Command, type CommandContext, command, running } from './command.ts'
import { CommandFailure } from './failure.ts'

export const boxCommands: Readonly<Record<string, Command>> = {
  'devices pair box': command(
    z.object({
      kind: z.enum(BOX_KINDS),
      mac: z.string(),
      id: z.string().refine(isDeviceId, { error: 'must be 1 to 32 of a-z, 0-9 and -' }).optional(),
      name: z.string().trim().max(100).optional(),
      waitMs: z.int().positive().optional(),
    }),
    async (context, { kind, mac: typed, id, name, waitMs }) => {
      const gateway = running(context)
      const macSaid = readMac(typed)
      const mac = macKey(macSaid) ?? ''
      const known = await context.ledger.boxes.ofMac(mac)
      const deviceId = id ?? known?.deviceId ?? `box-${mac.toLowerCase()}`
      const wanted: NewBox = { mac, macAsSaid: macSaid, deviceId, kind, name: name ?? deviceId, createdAt: Date.now() }
      // Listening begins before the certificate is shown: it may be scanned in the same moment.
      const changes = on(gateway.events, 'box', { signal: context.signal })
      const box = await pair(gateway, wanted, context.by)
      if (box.bound !== null || waitMs === undefined) return boxCard(box)
      context.progress(boxCard(box))
      return boxCard(await untilBound(context, changes, box, waitMs))
    },
  ),
}

/** What a technician is shown; the certificate only while it is still to be scanned, for it holds the box key. */
function boxCard({ deviceId, kind, macAsSaid: mac, terminalCode, bound, qrCertificate }: Box) {
  const card = { deviceId, kind, mac, terminalCode, bound: bound !== null }
  return bound === null ? { ...card, qrCertificate } : card
}

function readMac(typed: string): string {
  try {
    return macAsSaid(typed)
  } catch (error) {
    if (error instanceof TopicError) throw new CommandFailure(EXIT.usage, `mac: ${error.message}`, { cause: error })
    throw error
  }
}

async function pair(gateway: Gateway, wanted: NewBox, by: Actor): Promise<Box> {
  try {
    return await gateway.onboarding.pair(wanted, by)
  } catch (error) {
    if (error instanceof BoxKeyMissingError) {
      throw new CommandFailure(EXIT.configuration, error.message, { cause: error })
    }
    throw error
  }
}

async function untilBound(
  { ledger, signal }: CommandContext,
  changes: AsyncIterator<unknown[]>,
  known: Box,
  waitMs: number,
): Promise<Box> {
  const timeOver = new AbortController()
  const timer = setTimeout(() => timeOver.abort(), waitMs)
  const over = new Promise<null>(resolve => timeOver.signal.addEventListener('abort', () => resolve(null)))
  try {
    for (;;) {
      const now = await ledger.boxes.ofMac(known.mac)
      if (now === null) throw new CommandFailure(EXIT.unknown, `device ${known.deviceId} was removed meanwhile`)
      if (now.bound !== null) return now
      const change = await Promise.race([changes.next(), over])
      signal.throwIfAborted()
      if (change === null) {
        const seconds = waitMs / 1000
        throw new CommandFailure(
          EXIT.timeout,
          `nobody activated ${known.deviceId} within ${seconds} s; it stays registered: scan its code later, or run this again`,
        )
      }
    }
  } finally {
    clearTimeout(timer)
  }
}
