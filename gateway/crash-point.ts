/**
 * Places where a test can kill the gateway at an exact step, to see that the next process goes on without losing or
 * doubling anything. Nothing happens unless the environment names one of them.
 */
export const CRASH_POINTS = [
  // A message of the host: seen, and handed to the ledger.
  'receiving',
  'received',
  // A transaction: not begun, full but not committed, on disk but nobody knows.
  'inserting',
  'inserted',
  'committed',
  // Its acknowledgement to the host.
  'acknowledging',
  'acknowledged',
  // A message to a device: chosen, written down as sent where that comes first, on its way.
  'sending',
  'noted',
  'sent',
  // A device's answer: heard, and on disk.
  'receipt',
  'receipt-stored',
  // A step of the schema: done but not committed, committed.
  'migrating',
  'migrated',
] as const
export type CrashPoint = (typeof CRASH_POINTS)[number]

/** `label`, or `label:count` for the time that many have passed it. */
const [wanted, count = '1'] = (process.env.VIETQR_CRASH_POINT ?? '').split(':')
let left = Number(count)

/** Ends the process as `kill -9` does when `VIETQR_CRASH_POINT` names this label; costs one comparison otherwise. */
export function crashPoint(label: CrashPoint): void {
  if (label !== wanted) return
  left -= 1
  if (left === 0) process.kill(process.pid, 'SIGKILL')
}
