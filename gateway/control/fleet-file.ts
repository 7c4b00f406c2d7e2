import { z } from 'zod'
import { counter, deviceId, deviceKind, displayName } from './device-words.ts'
import { bankAccount, bankCode, holder, newTerminalCode, serviceCode, terminalName } from './terminal-words.ts'

/**
 * A fleet file: terminals and devices, declared. Only what it names is touched, and only what says `removed: true` is removed, so
 * that half a file cannot empty a shop.
 */

/** YAML reads digits without quotes as a number, and a number has no leading zeros. */
const text = <T extends z.ZodType<string, string>>(schema: T) =>
  z
    .string({ error: ({ input }) => (input === undefined ? 'is missing' : 'is not text; write it in quotes') })
    .pipe(schema)

const removed = z.literal(true, { error: 'must be true, or left out' })

const terminal = z.strictObject({
  code: text(newTerminalCode),
  removed: z.literal(false).default(false),
  bankCode: text(bankCode),
  bankAccount: text(bankAccount),
  holder: text(holder),
  name: text(terminalName).optional(),
  serviceCode: text(serviceCode).optional(),
})
const device = z.strictObject({
  id: text(deviceId),
  removed: z.literal(false).default(false),
  kind: deviceKind,
  terminal: text(z.string()),
  name: text(displayName).optional(),
  counter: text(counter).optional(),
  enabled: z.boolean({ error: 'must be true or false' }).optional(),
})
/** Of something that goes, only its name matters; the rest may still stand there. */
const goneTerminal = z.object({ code: text(z.string()), removed })
const goneDevice = z.object({ id: text(z.string()), removed })

export const fleetFile = z
  .strictObject({
    terminals: z.array(oneOf(terminal, goneTerminal), { error: 'must be a list' }).default([]),
    devices: z.array(oneOf(device, goneDevice), { error: 'must be a list' }).default([]),
  })
  .superRefine(({ terminals, devices }, context) => {
    for (const [list, names] of [
      ['terminals', terminals.map(({ code }) => code)],
      ['devices', devices.map(({ id }) => id)],
    ] as const) {
      for (const [at, name] of names.entries()) {
        if (names.indexOf(name) === at) continue
        context.addIssue({ code: 'custom', path: [list, at], message: `${name} is declared twice; keep one of them` })
      }
    }
  })

/** An entry says by `removed: true` which of the two it is, so that its mistakes are told as those of that one. */
function oneOf<Stays extends z.ZodType, Goes extends z.ZodType>(stays: Stays, goes: Goes) {
  return z.unknown().transform((value, context): z.output<Stays> | z.output<Goes> => {
    const isGone = typeof value === 'object' && value !== null && 'removed' in value && value.removed === true
    const read = (isGone ? goes : stays).safeParse(value)
    if (read.success) return read.data
    for (const issue of read.error.issues) context.addIssue({ code: 'custom', path: issue.path, message: said(issue) })
    return z.NEVER
  })
}

function said(issue: z.core.$ZodIssue): string {
  return issue.code === 'unrecognized_keys' ? `there is no key ${issue.keys.join(', ')} here` : issue.message
}
