import { z } from 'zod'
import { isDeviceId } from '../../protocol/ids.ts'
import { PAIRING_USER } from '../../protocol/local/pairing.ts'
import { DEVICE_KINDS } from '../../protocol/local/topics.ts'

/** What is said about devices on the command line and in a fleet file; a mistake says what would be right. */

export const named = z.object({ id: z.string() })

export const deviceId = z
  .string()
  .refine(isDeviceId, { error: 'must be 1 to 32 of a-z, 0-9 and -' })
  .refine(id => id !== PAIRING_USER, { error: 'is the user name of devices that ask to be paired; choose another' })

export const deviceKind = z.enum(DEVICE_KINDS, { error: `must be one of ${DEVICE_KINDS.join(', ')}` })

export const terminalCode = z.string().min(1, { error: 'is empty; name the terminal' })

export const displayName = z
  .string()
  .trim()
  .min(1, { error: 'is empty; leave it out, or say what people call it' })
  .max(100, { error: 'has more than 100 characters' })
  .refine(text => !/\p{C}/u.test(text), { error: 'contains control characters' })

export const counter = z
  .string()
  .min(1, { error: 'is empty; leave it out, or name the counter' })
  .refine(text => Buffer.byteLength(text) <= 8, { error: 'has more than 8 bytes' })
  .refine(text => !/\p{C}/u.test(text), { error: 'contains control characters' })
