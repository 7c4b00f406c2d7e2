import { z } from 'zod'
import type { Settings } from '../config/schema.ts'
import { EXIT } from '../exit-codes.ts'
import type { Gateway } from '../gateway.ts'
import type { Actor } from '../ledger/audit-trail.ts'
import type { Ledger } from '../ledger/ledger.ts'
import { CommandFailure } from './failure.ts'

/** What a command works on: the ledger always, the gateway only where one runs. */
export interface CommandContext {
  readonly settings: Settings
  readonly ledger: Ledger
  readonly gateway: Gateway | null
  /** Who asks. */
  readonly by: Actor
  /** Tells the person who waits what has happened so far. */
  readonly progress: (value: unknown) => void
  /** Aborted when the person has gone away. */
  readonly signal: AbortSignal
}

/**
 * One thing a person can ask of a gateway; the same code serves the control socket and a gateway that does not run. A list that
 * may be long is answered as `Pieces`.
 */
export type Command = (context: CommandContext, args: unknown) => Promise<unknown>

/** A command whose arguments are checked before it runs, wherever they come from. */
export function command<Args>(
  args: z.ZodType<Args>,
  run: (context: CommandContext, args: Args) => Promise<unknown>,
): Command {
  return async (context, given) => {
    const parsed = args.safeParse(given)
    if (parsed.success) return run(context, parsed.data)
    const said = parsed.error.issues.map(issue => `${issue.path.join('.')}: ${issue.message}`).join('; ')
    throw new CommandFailure(EXIT.usage, said)
  }
}

/** The running gateway. @throws CommandFailure exit 4 when there is none */
export function running({ gateway }: CommandContext): Gateway {
  if (gateway !== null) return gateway
  throw new CommandFailure(EXIT.notRunning, 'the gateway is not running: start it with "vietqr-gateway run"')
}

/** `--limit N`: 0 is all. */
export const listArgs = z.object({ limit: z.int().min(0).default(100) })

/** A limit as the ledger takes it. */
export function ledgerLimit(limit: number): number {
  return limit === 0 ? -1 : limit
}
