import type { AuditReport, AuditTrail } from '../audit-trail.ts'
import type { Db } from './database.ts'
import { type Checked, checkAudit, listAudit, UNCHECKED, writeAudit } from './operations/audit.ts'
import { collected, pages } from './pages.ts'

/** Entries that are checked in one transaction: a few milliseconds, so that a long trail holds no payment up. */
const AT_ONCE = 500

/** The audit trail of a ledger; `run` makes a transaction. */
export function auditTrailOn(run: <T>(work: (db: Db) => T) => Promise<T>): AuditTrail {
  return {
    note: (action, subject, details, now, by) => run(db => writeAudit(db, { action, subject, details }, now, by)),
    list: listing => collected(pages(run, listAudit, listing)),
    pages: listing => pages(run, listAudit, listing),
    verify: async () => {
      let checked: Checked = UNCHECKED
      while (!checked.isOver) {
        const before = checked
        checked = await run(db => checkAudit(db, before, AT_ONCE))
      }
      return report(checked)
    },
  }
}

function report({ seq, hash, broken }: Checked): AuditReport {
  return { entries: seq, head: seq === 0 ? null : Buffer.from(hash).toString('hex'), broken }
}
