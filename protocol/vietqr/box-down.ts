/**
 * What VietQR's boxes are told, in the bytes their firmware can read (public firmware) and never in a packet larger than their
 * buffer, which they would drop without a word. A message that is too long loses what the box does not need, in a fixed
 * order; names are cut between letters, never inside one. What cannot be made to fit is not sent at all.
 *
 * The kinds of message want money in different forms: `bdsd` a JSON number, the answer to a request and the notifications a
 * text. They are never to be unified.
 */
import { packetBytes } from '../local/topics.ts'
import { groupDigits, type Vnd } from '../money.ts'
import { hostTimeText } from '../time.ts'
import { type BoundNotification, writeBoxNotification } from './box.ts'
import { isJsonObject, type JsonObject } from './json.ts'

/** Where a message goes and how large its whole packet may be. */
export interface Room {
  readonly topic: string
  readonly mostBytes: number
}

/** The firmware copies the QR into 512 bytes, of which one is the end. */
const LONGEST_QR = 511
/** A name longer than this leaves the rest of the notification no room in 512 bytes. */
const NAME_BYTES = 40

/** The answer's fields in the order of VietQR's server. The firmware reads `qrCode` alone, by searching for its bytes. */
const ANSWER_FIELDS =
  'bankCode bankName bankAccount userBankName amount content qrCode imgId existing transactionId transactionRefId qrLink terminalCode subTerminalCode serviceCode orderId additionalData'.split(
    ' ',
  )
/** What goes first when the packet is too large. */
const ANSWER_DROPS =
  'qrLink imgId transactionRefId transactionId subTerminalCode serviceCode bankName additionalData content userBankName bankAccount bankCode existing terminalCode orderId'.split(
    ' ',
  )

/** What an answer of the host is rewritten with before the box that asked may read it. */
export interface AnswerParts {
  /** The host's answer as it came. */
  readonly answer: JsonObject
  /** The QR that was checked. */
  readonly qrCode: string
  readonly amount: Vnd
  /** The box's own, as it wrote them. */
  readonly orderId: string
  readonly additionalData1: string | null
}

/** The answer to a QR request, or null when the QR itself is more than the box can take. */
export function writeBoxAnswer(parts: AnswerParts, room: Room): string | null {
  const { answer, qrCode, amount, orderId, additionalData1 } = parts
  // The box ends the code at the next quote, so a code that has to be escaped would be another one.
  if (Buffer.byteLength(qrCode) > LONGEST_QR || JSON.stringify(qrCode) !== `"${qrCode}"`) return null
  const own = {
    amount: String(amount),
    qrCode,
    orderId,
    additionalData: additionalData1 === null ? null : [{ additionalData1 }],
  }
  const told: Record<string, unknown> = {}
  for (const field of ANSWER_FIELDS) {
    const value: unknown = field in own ? own[field as keyof typeof own] : answer[field]
    if (value !== undefined && value !== null) told[field] = value
  }
  for (const drop of [null, ...ANSWER_DROPS]) {
    if (drop !== null) delete told[drop]
    const text = JSON.stringify(told)
    if (fits(text, room)) return text
  }
  return null
}

/** `bdsd`: a vending box turns every one of these into pulses, whatever else it says. */
export function writeBoxPayment(paid: {
  readonly bankAccount: string
  readonly amount: Vnd
  readonly paidAt: number
  readonly referenceNumber: string
  readonly orderId: string
  readonly content: string
}): string {
  return JSON.stringify({
    bankAccount: paid.bankAccount,
    amount: paid.amount,
    timePaid: hostTimeText(paid.paidAt),
    transType: 'C',
    referenceNumber: paid.referenceNumber,
    orderId: paid.orderId,
    content: paid.content,
    status: 1,
  })
}

/** N16. Account, bank and holder are always whole or cut, never missing: a box would overwrite its own with nothing. */
export function fitBound(bound: BoundNotification, room: Room): string | null {
  const { userBankName, terminalName } = bound
  const short = { ...bound, imgBank: '', homePage: '', terminalName: cutBytes(terminalName, NAME_BYTES) }
  const holder = (bytes: number) => cutBytes(userBankName, bytes) || userBankName.slice(0, 1)
  const steps: readonly BoundNotification[] = [
    { ...bound, imgBank: '', terminalName: short.terminalName },
    short,
    ...[30, 20, 10, 0].map(bytes => ({ ...short, terminalName: cutBytes(terminalName, bytes) })),
    { ...short, terminalName: '', bankShortName: '' },
    ...[60, 40, 24].map(bytes => ({ ...short, terminalName: '', bankShortName: '', userBankName: holder(bytes) })),
  ]
  return firstThatFits(steps.map(writeBoxNotification), room)
}

/** N17. The id is always there, or a later N12 could not find the code it takes back. */
export function fitQr(
  qr: {
    readonly transactionReceiveId: string
    readonly bankAccount: string
    readonly bankShortName: string
    readonly userBankName: string
    readonly content: string
    readonly amount: Vnd
    readonly qrCode: string
  },
  room: Room,
): string | null {
  const { transactionReceiveId, bankAccount, bankShortName, userBankName, content, qrCode } = qr
  const told = new Map<string, string>([
    ['notificationType', 'N17'],
    ['transactionReceiveId', transactionReceiveId],
    ['bankAccount', bankAccount],
    ['bankShortName', bankShortName],
    ['userBankName', cutBytes(userBankName, NAME_BYTES)],
    ['content', content],
    ['amount', groupDigits(qr.amount)],
    ['qrCode', qrCode],
    ['qrType', '0'],
  ])
  const steps = [null, 'content', 'userBankName', 'bankShortName', 'bankAccount', 'qrType'].map(drop => {
    if (drop !== null) told.delete(drop)
    return JSON.stringify(Object.fromEntries(told))
  })
  return firstThatFits(steps, room)
}

/** N12: takes back the code of the N17 that had this id. */
export function writeClear(transactionReceiveId: string): string {
  return writeBoxNotification({ notificationType: 'N12', transactionReceiveId })
}

/** N05: `message` is what the box has spoken for it; null hides the amount. */
export function fitPaid(paid: { readonly amount: Vnd | null; readonly message: string }, room: Room): string | null {
  return firstThatFits([writeBoxNotification({ notificationType: 'N05', ...paid })], room)
}

/** The beginning of a text in at most so many bytes of UTF-8; a letter is taken whole, with its accents, or not at all. */
export function cutBytes(text: string, bytes: number): string {
  let kept = ''
  let left = bytes
  for (const { segment } of new Intl.Segmenter('vi', { granularity: 'grapheme' }).segment(text)) {
    left -= Buffer.byteLength(segment)
    if (left < 0) break
    kept += segment
  }
  return kept
}

/** The host's answer as an object; empty for anything else, which leaves the box with what the gateway knows itself. */
export function answerFields(payload: Uint8Array): JsonObject {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(payload))
    return isJsonObject(value) ? value : {}
  } catch {
    return {}
  }
}

function firstThatFits(steps: readonly string[], room: Room): string | null {
  return steps.find(text => fits(text, room)) ?? null
}

function fits(text: string, { topic, mostBytes }: Room): boolean {
  return packetBytes(topic, text) <= mostBytes
}
