import type { Listing } from './ledger.ts'
import type { AuditEntry } from './model.ts'

/** Who changes something, as the audit trail tells it. */
export interface Actor {
  /** The user of the operating system, or what of the program. */
  readonly who: string
  /** `gateway`: carried out by the running gateway; `cli`: by the command itself, while none ran. */
  readonly via: 'cli' | 'gateway'
}

/** For what the program does of its own accord. */
export const ITSELF: Actor = { who: 'vietqr-gateway', via: 'gateway' }

/**
 * What was changed, when and by whom. Entries are written by the operations that change something, in the same transaction; none
 * is ever changed or removed, whatever the retention.
 */
export interface AuditTrail {
  /** For what changes no row but must be seen: `details` holds no secret. */
  note(action: string, subject: string, details: AuditDetails, now: number, by: Actor): Promise<void>
  list(listing: Listing): Promise<readonly AuditEntry[]>
  /** The same in pieces: also a list of everything holds nothing up. */
  pages(listing: Listing): AsyncIterable<readonly AuditEntry[]>
  /** Recomputes every link of the chain. */
  verify(): Promise<AuditReport>
}

export type AuditDetails = Readonly<Record<string, string | number | boolean | null>>

export interface AuditReport {
  /** Entries that hold. */
  readonly entries: number
  /** Hash of the last of them, hex; what was written down elsewhere can be compared with it. Null where there is none. */
  readonly head: string | null
  /** The first entry that does not hold; null when all do. */
  readonly broken: { readonly seq: number; readonly reason: string } | null
}
