/**
 * What a device says of itself in its CONNECT, held against what its credential allows.
 *
 * The credential comes first: whoever has none learns nothing about client ids and wills.
 */
import { isDeviceId } from '../../protocol/ids.ts'
import { askerOf, clientIdOf, mayAsk, PAIRING_USER } from '../../protocol/local/pairing.ts'
import { shown } from '../../protocol/shown.ts'
import type { DeviceBusOwner } from './device-bus.ts'
import { clientIdAllowed, willAllowed } from './rules.ts'

export interface Login {
  readonly username: string | undefined
  readonly password: Uint8Array | undefined
  readonly clientId: string
  readonly will: { readonly topic: string } | undefined
  /** Where the connection comes from. */
  readonly address: string
}

/** The CONNACK return codes of MQTT 3.1.1 a login is refused with. */
const CLIENT_ID_REFUSED = 2
const UNAVAILABLE = 3
const BAD_CREDENTIALS = 4
const NOT_AUTHORIZED = 5
/** The same by what is wrong. */
export const REFUSED = { clientId: CLIENT_ID_REFUSED, credentials: BAD_CREDENTIALS, authority: NOT_AUTHORIZED } as const
type ReturnCode = typeof CLIENT_ID_REFUSED | typeof UNAVAILABLE | typeof BAD_CREDENTIALS | typeof NOT_AUTHORIZED

export class LoginRefusedError extends Error {
  override readonly name = 'LoginRefusedError'
  readonly returnCode: ReturnCode
  constructor(returnCode: ReturnCode, message: string, cause?: unknown) {
    super(message, { cause })
    this.returnCode = returnCode
  }
}

/**
 * The device this login claims to be, or the asker that wants to become one (`pair/{clientId}`); throws LoginRefusedError when that
 * can be neither.
 */
export function claimedDevice({ username, clientId }: Login): string {
  if (username === PAIRING_USER) return askerOf(clientId)
  if (username === undefined || !isDeviceId(username)) {
    throw new LoginRefusedError(BAD_CREDENTIALS, 'the user name is not a device id ([a-z0-9-], 1 to 32)')
  }
  return username
}

/** Resolves when the device may come in as it asks; rejects with LoginRefusedError. */
export async function checkLogin(
  deviceId: string,
  login: Login,
  owner: Pick<DeviceBusOwner, 'authenticate'>,
): Promise<void> {
  const { clientId, password, will, address } = login
  if (password === undefined || !(await known(() => owner.authenticate(deviceId, password, address)))) {
    throw new LoginRefusedError(BAD_CREDENTIALS, `no enabled device ${deviceId} has this password`)
  }
  const isAsker = clientIdOf(deviceId) !== null
  if (isAsker && !mayAsk(clientId)) {
    throw new LoginRefusedError(
      CLIENT_ID_REFUSED,
      'a client id that asks has 8 to 64 characters out of A-Z a-z 0-9 _ -',
    )
  }
  if (isAsker && will !== undefined) throw new LoginRefusedError(NOT_AUTHORIZED, 'who asks for credentials has no will')
  if (!isAsker && !clientIdAllowed(deviceId, clientId)) {
    throw new LoginRefusedError(
      CLIENT_ID_REFUSED,
      `the client id is ${shown(clientId)}; ${deviceId} or ${deviceId}.<anything> is allowed`,
    )
  }
  if (will !== undefined && !willAllowed(deviceId, will)) {
    throw new LoginRefusedError(
      NOT_AUTHORIZED,
      `the will is for ${shown(will.topic)}; only the device's own up/status is allowed`,
    )
  }
}

async function known(authenticate: () => Promise<boolean>): Promise<boolean> {
  try {
    return await authenticate()
  } catch (error) {
    throw new LoginRefusedError(UNAVAILABLE, 'the password could not be looked up', error)
  }
}
