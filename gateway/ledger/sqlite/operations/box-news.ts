import { firstMessageId } from '../../../../protocol/ids.ts'
import { delivery, seconds, type Telling } from '../../../devices/profiles/profile.ts'
import { ANNOUNCE_MS } from '../../../devices/profiles/soundbox.ts'
import type { HostNews } from '../../box-book.ts'
import type { Told } from '../../ledger.ts'
import type { Box } from '../../model.ts'
import type { Db } from '../database.ts'
import { prepared } from '../prepared.ts'
import { boxOfBoxId } from './boxes.ts'
import { findDevice } from './registry.ts'
import { tellDevice } from './tell-devices.ts'

/** The host speaks of one payment on both its ways within seconds. */
const SAME_MS = 15_000

const announced = prepared<{ terminalCode: string; amount: number | null; from: string }, { payment_id: string }>(
  `SELECT payment_id FROM payments
   WHERE payment_id >= $from AND terminal_code = $terminalCode AND ($amount IS NULL OR amount = $amount)
     AND direction = 'in' AND settled = 1 AND payment_id NOT IN (SELECT payment_id FROM told_by_host)
   ORDER BY payment_id LIMIT 1`,
)
const note = prepared<{ paymentId: string; now: number }>(
  'INSERT INTO told_by_host (payment_id, told_at) VALUES ($paymentId, $now)',
)

/** What the host has spoken on a QR box becomes a delivery to it, unless the gateway announces the same payment itself. */
export function takeNews(
  db: Db,
  boxId: string,
  { amount, message }: HostNews,
  how: Telling,
): (Told & { readonly box: Box }) | null {
  const box = boxOfBoxId(db, boxId)
  if (box === null) return null
  const device = findDevice(db, box.deviceId)
  if (device === null || box.kind !== 'vietqr-box') return { box, told: [] }
  const { terminalCode } = device
  const same = announced(db).get({ terminalCode, amount, from: firstMessageId(how.now - SAME_MS) })
  if (same !== undefined) {
    note(db).run({ paymentId: same.payment_id, now: how.now })
    return { box, told: [] }
  }
  const expiresAt = how.now + ANNOUNCE_MS
  const about = amount === null ? {} : { amount }
  const body = { kind: 'host', ...about, text: message, language: 'vi', expiresAt: seconds(expiresAt) }
  return { box, told: tellDevice(db, device, [delivery(device, 'announce', {}, body, expiresAt, how)], how) }
}
