/**
 * How a device without keyboard and camera asks for its credentials: as user `pair`, with the code of the pairing window as
 * password, below `gw/v1/pair/{clientId}`. An **asker** is such a connection; it is named `pair/{clientId}` where a device has its id.
 */
import { z } from 'zod'
import { DEVICE_KINDS, type DeviceKind } from './topics.ts'
import { read } from './up.ts'

/** The user name that asks; no device has this id. */
export const PAIRING_USER = 'pair'
const PREFIX = `${PAIRING_USER}/`

export const ASK_PATH = 'up/request'
export const ANSWER_PATH = 'down/answer'

export function askerOf(clientId: string): string {
  return `${PREFIX}${clientId}`
}

/** The client id of an asker; null where this is a device. */
export function clientIdOf(asker: string): string | null {
  return asker.startsWith(PREFIX) ? asker.slice(PREFIX.length) : null
}

/** The client id alone separates two that know the same code, so it must be a topic level and worth guessing at. */
export function mayAsk(clientId: string): boolean {
  return /^[A-Za-z0-9_-]{8,64}$/.test(clientId)
}

export interface PairingRequest {
  readonly serial: string
  readonly kind: DeviceKind
}

const shape = z.object({
  serial: z
    .string({ error: 'must be text, the serial number on its label' })
    .regex(/^[\x21-\x7e]{1,40}$/, { error: 'must be 1 to 40 visible ASCII characters' }),
  kind: z.enum(DEVICE_KINDS, { error: `must be one of ${DEVICE_KINDS.join(', ')}` }),
})

/** @throws DeviceMessageError INVALID_MESSAGE */
export function readPairingRequest(payload: Uint8Array): PairingRequest {
  return read(shape, payload)
}
