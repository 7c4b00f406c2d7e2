import { createHash, timingSafeEqual } from 'node:crypto'
import { shown } from '../../protocol/shown.ts'
import { macOfClientId } from '../../protocol/vietqr/mac.ts'
import { type Login, LoginRefusedError, REFUSED } from '../broker/login.ts'

/** The one login that is burnt into all boxes. It says that something is a box, never which. */
export interface SharedLogin {
  readonly username: string
  readonly password: string
}

/**
 * The key of the MAC this login claims. All that tells boxes apart is what they write of themselves into the client id.
 * @throws LoginRefusedError
 */
export function claimedMac({ password, clientId, will }: Login, shared: SharedLogin): string {
  if (password === undefined || !isSame(password, shared.password)) {
    throw new LoginRefusedError(REFUSED.credentials, 'this is not the password of the boxes')
  }
  const mac = macOfClientId(clientId)
  if (mac === null) {
    throw new LoginRefusedError(
      REFUSED.clientId,
      `the client id is ${shown(clientId)}; boxes write esp32<MAC>, esp32_LTE_<MAC>, esp32-client-<MAC> or sonoff-mqttClient-<MAC>`,
    )
  }
  if (will !== undefined) throw new LoginRefusedError(REFUSED.authority, 'a box has no will')
  return mac
}

function isSame(given: Uint8Array, right: string): boolean {
  const digest = (of: Uint8Array | string): Buffer => createHash('sha256').update(of).digest()
  return timingSafeEqual(digest(given), digest(right))
}
