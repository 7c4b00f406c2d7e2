import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { z } from 'zod'
import { bankByCode } from '../../protocol/vietqr/banks.ts'
import { ACCOUNT_KINDS, type Account, type AccountKind } from '../host/accounts.ts'
import { usage } from './failure.ts'

const MOST_LINKS = 10

const account = z
  .strictObject({
    kind: z.enum(ACCOUNT_KINDS, { error: `should be ${ACCOUNT_KINDS.join(', ')}` }),
    // A number would lose the zeros it begins with.
    bankAccount: z
      .string({ error: 'should be a text in quotes, such as "9990000001"' })
      .regex(/^[0-9A-Za-z]{1,19}$/, { error: 'should be 1 to 19 digits or letters' }),
    bankCode: z
      .string({ error: 'should be the code of a bank, such as MB' })
      .refine(code => bankByCode(code)?.code === code, {
        error: 'should be the code of a bank, such as MB, BIDV or VCB',
      }),
    userBankName: z
      .string({ error: 'should be the name of the holder as VietQR stores it' })
      .min(1, { error: 'is empty; it should be the name of the holder as VietQR stores it' }),
    virtualAccount: z.boolean({ error: 'should be true or false' }).optional(),
    merchantLinks: z
      .int({ error: `should be 0 to ${MOST_LINKS}` })
      .min(0, { error: `should be 0 to ${MOST_LINKS}` })
      .max(MOST_LINKS, { error: `should be 0 to ${MOST_LINKS}` })
      .optional(),
  })
  .superRefine(({ kind, bankCode, virtualAccount }, context) => {
    const wanted = bankOf(kind)
    if (wanted !== null && bankCode !== wanted) {
      context.addIssue({
        code: 'custom',
        path: ['bankCode'],
        message: `should be ${wanted}, because the kind is ${kind}`,
      })
    }
    if (kind === 'other' && (bankCode === 'MB' || bankCode === 'BIDV')) {
      context.addIssue({
        code: 'custom',
        path: ['bankCode'],
        message: 'should be neither MB nor BIDV for the kind other',
      })
    }
    if (virtualAccount !== undefined && kind !== 'bidv') {
      context.addIssue({ code: 'custom', path: ['virtualAccount'], message: 'is for the kind bidv only' })
    }
  })
const list = z
  .array(account, { error: 'should be a list of accounts' })
  .min(1, { error: 'is an empty list; it should hold at least one account' })
  .superRefine((accounts, context) => {
    const first = new Map<string, number>()
    for (const [index, { bankAccount, bankCode }] of accounts.entries()) {
      const key = `${bankCode} ${bankAccount}`
      const before = first.get(key)
      if (before === undefined) first.set(key, index)
      else {
        const message = `is there already, as account ${before} of this list (they are counted from 0); each account of a bank should stand once`
        context.addIssue({ code: 'custom', path: [index, 'bankAccount'], message })
      }
    }
  })

/** The accounts there are to be, from a YAML or JSON file. @throws SimFailure with a line for each mistake */
export function readAccounts(file: string): readonly Account[] {
  const result = list.safeParse(parsed(file))
  if (result.success) return result.data
  const lines = result.error.issues.map(({ path, message }) => `${[file, ...path].join(': ')}: ${message}`)
  throw usage(lines.join('\n'))
}

function bankOf(kind: AccountKind): string | null {
  if (kind === 'mms' || kind === 'plain') return 'MB'
  return kind === 'bidv' ? 'BIDV' : null
}

function parsed(file: string): unknown {
  try {
    return parse(readFileSync(file, 'utf8'), { logLevel: 'error' })
  } catch (error) {
    const why = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)
    throw usage(`--accounts: ${file} cannot be read: ${why}`)
  }
}
