import { z } from 'zod'
import { checkTerminalCode, TopicError } from '../../protocol/vietqr/topics.ts'

/** What is said about terminals on the command line and in a fleet file; a mistake says what would be right. */

export const newTerminalCode = z.string().superRefine((value, context) => {
  try {
    checkTerminalCode(value)
  } catch (error) {
    if (!(error instanceof TopicError)) throw error
    context.addIssue({ code: 'custom', message: error.message })
  }
})

/** VietQR's server takes ASCII only; its documentation says names without diacritics. */
const ascii = (most: number) =>
  z
    .string()
    .trim()
    .min(1, { error: 'is empty' })
    .max(most, { error: `has more than ${most} characters` })
    .regex(/^[ -~]*$/, { error: 'has letters with diacritics; write it without them, as VietQR stores it' })

export const bankCode = ascii(20)
export const bankAccount = z.string().regex(/^[A-Za-z0-9]{4,24}$/, { error: 'must be 4 to 24 letters and digits' })
export const holder = ascii(100)
export const serviceCode = ascii(50)
export const terminalName = z.string().trim().max(100, { error: 'has more than 100 characters' })
