import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { z } from 'zod'
import type { Account } from '../host/accounts.ts'
import { usage } from './failure.ts'

const account = z.strictObject({
  kind: z.enum(['mms', 'plain'], { error: 'should be mms or plain' }),
  // A number would lose the zeros it begins with.
  bankAccount: z
    .string({ error: 'should be a text in quotes, such as "9990000001"' })
    .regex(/^[0-9A-Za-z]{1,19}$/, { error: 'should be 1 to 19 digits or letters' }),
  bankCode: z.literal('MB', { error: 'should be MB; other banks are not played' }),
  userBankName: z
    .string({ error: 'should be the name of the holder as VietQR stores it' })
    .min(1, { error: 'is empty; it should be the name of the holder as VietQR stores it' }),
})
const list = z
  .array(account, { error: 'should be a list of accounts' })
  .min(1, { error: 'is an empty list; it should hold at least one account' })

/** The accounts VietQR is to know, from a YAML or JSON file. @throws SimFailure with a line for each mistake */
export function readAccounts(file: string): readonly Account[] {
  const result = list.safeParse(parsed(file))
  if (result.success) return result.data
  const lines = result.error.issues.map(({ path, message }) => `${[file, ...path].join(': ')}: ${message}`)
  throw usage(lines.join('\n'))
}

function parsed(file: string): unknown {
  try {
    return parse(readFileSync(file, 'utf8'), { logLevel: 'error' })
  } catch (error) {
    const why = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)
    throw usage(`--accounts: ${file} cannot be read: ${why}`)
  }
}
