/**
 * What can be made to go wrong, and the forms VietQR may use where nobody knows which it uses. One table: from it come the
 * switches of `vietqr-sim host`, what the control port takes, and the list in the documentation. Every value that is not
 * given is that of a host in good health.
 */
import { z } from 'zod'

interface Fault<T> {
  readonly schema: z.ZodType<T>
  readonly healthy: T
  /** What a person writes after the switch; null for a switch that is only there or not. */
  readonly takes: string | null
  readonly words: string
}

const CHANCE = 'should be a number from 0 (never) to 1 (always)'
const LONGEST_MS = 3_600_000
const MILLISECONDS = `should be whole milliseconds, ${LONGEST_MS} at most`

function milliseconds(words: string, healthy = 0): Fault<number> {
  const schema = z.int({ error: MILLISECONDS }).min(0, { error: MILLISECONDS }).max(LONGEST_MS, { error: MILLISECONDS })
  return { schema, healthy, takes: '<ms>', words }
}

function chance(words: string): Fault<number> {
  const schema = z.number({ error: CHANCE }).min(0, { error: CHANCE }).max(1, { error: CHANCE })
  return { schema, healthy: 0, takes: '<chance>', words }
}

function flag(words: string): Fault<boolean> {
  return { schema: z.boolean({ error: 'should be true or false' }), healthy: false, takes: null, words }
}

function choice<const Names extends readonly [string, ...string[]]>(names: Names, words: string): Fault<Names[number]> {
  const schema = z.enum(names, { error: `should be ${names.join(' or ')}` })
  return { schema, healthy: names[0], takes: `<${names.join('|')}>`, words }
}

function whole(least: number, most: number, healthy: number, words: string): Fault<number> {
  const error = `should be a whole number from ${least} to ${most}`
  return { schema: z.int({ error }).min(least, { error }).max(most, { error }), healthy, takes: '<n>', words }
}

function terminal(words: string): Fault<string> {
  const error = 'should be a terminal code: 1 to 100 letters, digits and signs other than + # /, or empty'
  return { schema: z.string({ error }).regex(/^[^+#/\s]{0,100}$/, { error }), healthy: '', takes: '<code>', words }
}

export const FAULTS = {
  answerDelay: milliseconds('each answer takes this long, and everybody behind it waits'),
  bankDelay: milliseconds('what the bank takes for each code of its merchant service; everybody behind it waits'),
  storeDelay: milliseconds('from the answer of a plain account until its order is stored', 20),
  unanswered: chance('a request is done, but its answer is never sent'),
  lateAnswers: chance('an answer comes after --late-by, and others overtake it'),
  lateBy: milliseconds('how late an answer of --late-answers is', 45_000),
  duplicateAnswers: chance('an answer is sent twice'),
  reorderAnswers: chance('an answer waits until the next one has gone, a second at most'),
  lostNotices: chance('a balance change or a box message is never sent'),
  noticeDelay: milliseconds('from the payment until its balance change or box message'),
  duplicateNotices: chance('a balance change or a box message is sent twice'),
  reorderNotices: chance('a balance change or a box message waits until the next one has gone, a second at most'),
  disconnects: chance('before a message goes out, all partners are cut off; at a foreign broker the host is'),
  instances: whole(1, 5, 1, 'servers at the same broker, each of which does every request'),
  wrongAmount: whole(
    -1_000_000_000,
    1_000_000_000,
    0,
    'VND added to the amount of each balance change, not to lookups',
  ),
  wrongTerminal: terminal('balance changes go to this terminal instead'),
  reversed: chance('the bank takes the money of a payment back at once'),
  reversedReference: choice(['own', 'same'], 'the reference of money that goes back: its own, or that of the payment'),
  zoneOffset: whole(-12, 14, 0, 'hours that stored times are off, as with a server in another time zone'),
  maskedAmounts: flag('box messages show ***** for the amount, as for an account without a paid service'),
  noticeAmount: choice(
    ['integer', 'decimal', 'text', 'grouped', 'masked'],
    'the amount of a balance change: 25000, 25000.0, "25000", "25,000" or "*****"',
  ),
  noticeOrderId: choice(['present', 'absent', 'empty'], 'the orderId of a balance change'),
  noticesForAll: flag('balance changes for all accounts VietQR stores orders of, not only the merchant service'),
  emptyAdditionalData: choice(
    ['skip', 'own'],
    'an order with additionalData [] is told to nobody, or to its own terminal',
  ),
  additionalDataKeys: choice(
    ['strict', 'info'],
    'additionalData takes additionalData1 only, or the documented info too',
  ),
  unknownFields: choice(['reject', 'ignore'], 'what a field VietQR does not know does to a message'),
  lookupShape: choice(['array', 'object'], 'a lookup with one row answers an array, or the documented single object'),
  refundedRows: flag('lookups count money that went back in refundCount and amountRefunded'),
  errorAnswers: flag('a refused QR request is answered with an error object, as a later build may'),
  qrDefect: choice(
    ['none', 'wrong-crc', 'no-amount', 'null-amount', 'sample'],
    'what is wrong with each QR code: its checksum, a zero-length or null amount, or all that is wrong with the documented sample',
  ),
  boxTopic: choice(['as-sent', 'no-colons'], 'the MAC in the topic a box is answered on'),
  boxCertificate: choice(['stored', 'fresh'], 'the certificate a box is given: the one on record, or one that is not'),
  boxQr: choice(['long', 'short'], 'the fields of a QR pushed to a box'),
} as const satisfies Record<string, Fault<unknown>>

export type FaultName = keyof typeof FAULTS
export type FaultValues = { readonly [Name in FaultName]: z.output<(typeof FAULTS)[Name]['schema']> }
/** `Object.keys` says no more than that they are texts. */
export const FAULT_NAMES = Object.keys(FAULTS) as readonly FaultName[]

const shape = Object.fromEntries(FAULT_NAMES.map(name => [name, FAULTS[name].schema.optional()]))

/** Any of them, each valid; anything else is refused with what would be right. A type cannot follow the loop above. */
export const faultsSchema = z.strictObject(shape) as unknown as z.ZodType<Partial<FaultValues>>

/** The switch on a command line: `answerDelay` is `--answer-delay`. */
export function switchOf(name: FaultName): string {
  return `--${name.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)}`
}
