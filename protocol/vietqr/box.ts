// What the host and VietQR's own boxes say to each other: the registration of a box on `/vqr/handle-box`, and the
// notifications to a bound one on `vietqr/boxId/{boxId}`. Names and order of fields are those of the VietQR server
// source and of public firmware. Every value of a notification is a text, amounts too: the box shows the bytes.
// `boxId` and `qrCertificate` hold the key of the boxes in readable form and belong in no log and no sentence.
import { groupDigits, type Vnd } from '../money.ts'
import { freeText, maskedAmount, readFields, requiredText } from './fields.ts'
import { asciiJson, malformed, parsePayload } from './json.ts'
import { checkBoxId, TopicError } from './topics.ts'

/** A box that asks for its id. */
export interface HandleBox {
  /** As the box writes it, unchanged: the checksum is over this text. */
  readonly mac: string
  readonly checkSum: string
}

/** What the box is given. Both are secrets. */
export interface HandleBoxReply {
  readonly boxId: string
  /** Shown as a QR for the merchant to scan in the VietQR app. */
  readonly qrCertificate: string
}

/** N05: money was heard of. It carries no id of any payment: fit for sound, never for releasing goods. */
interface PaidNotification {
  readonly notificationType: 'N05'
  /** null when the host masks it. */
  readonly amount: Vnd | null
  /** What the box speaks. */
  readonly message: string
}

/** N12: take the QR off the screen. */
interface ClearNotification {
  readonly notificationType: 'N12'
  /** The one of the N17 it takes back; empty when that had none. */
  readonly transactionReceiveId: string
}

/** N16: the box is bound to a terminal and shows its static QR. */
export interface BoundNotification {
  readonly notificationType: 'N16'
  readonly bankAccount: string
  readonly bankShortName: string
  readonly userBankName: string
  /** The box code. */
  readonly terminalCode: string
  readonly terminalName: string
  readonly qrCode: string
  readonly bankCode: string
  readonly imgBank: string
  readonly homePage: string
}

/** N17: show a dynamic QR. The short form of older builds has only amount and qrCode; the other texts are empty then. */
interface QrNotification {
  readonly notificationType: 'N17'
  readonly transactionReceiveId: string
  readonly bankAccount: string
  readonly bankShortName: string
  readonly userBankName: string
  readonly content: string
  readonly amount: Vnd | null
  readonly qrCode: string
  readonly qrType: string
}

export type BoxNotification = PaidNotification | ClearNotification | BoundNotification | QrNotification

/** A notification boxes are not known to use, such as N00 "connected". */
export interface OtherNotification {
  readonly notificationType: 'other'
  readonly named: string
}

const MASKED = '*****'
/** The kind of QR an N17 shows, also where an older build leaves the field out. */
const DYNAMIC = '0'

const replySchema = {
  qrCertificate: requiredText('the text of the certificate'),
  boxId: requiredText('the id of the box'),
}

const typeSchema = { notificationType: requiredText('the type of the notification, for example "N05"') }
const paidSchema = { amount: maskedAmount, message: freeText }
const clearSchema = { transactionReceiveId: freeText }
// A box that gets N16 without these three overwrites its own with nothing (public firmware).
const boundSchema = {
  bankAccount: requiredText('the account number as text'),
  bankShortName: freeText,
  userBankName: requiredText('the name of the account holder'),
  terminalCode: freeText,
  terminalName: freeText,
  qrCode: freeText,
  bankCode: requiredText('the code of the bank'),
  imgBank: freeText,
  homePage: freeText,
}
const qrSchema = {
  transactionReceiveId: freeText,
  bankAccount: freeText,
  bankShortName: freeText,
  userBankName: freeText,
  content: freeText,
  amount: maskedAmount,
  qrCode: requiredText('the text of the QR code'),
  qrType: freeText,
}

/** The registration of a box with the two fields every build accepts; older builds refuse any other. */
export function writeHandleBox({ mac, checkSum }: HandleBox): string {
  return asciiJson({ macAddr: mac, checkSum })
}

/**
 * Reads the reply to a registration. A refused one is answered by silence.
 * @throws MessageError MALFORMED, also for a box id that cannot be part of a topic
 */
export function readHandleBoxReply(payload: Uint8Array): HandleBoxReply {
  const what = 'reply to the registration of the box'
  const reply = readFields(replySchema, parsePayload(payload, what), what)
  try {
    checkBoxId(reply.boxId)
  } catch (error) {
    if (error instanceof TopicError) throw malformed(what, error.message)
    throw error
  }
  return reply
}

/**
 * Reads what the host tells a bound box.
 * @throws MessageError MALFORMED or AMOUNT_INVALID
 */
export function readBoxNotification(payload: Uint8Array): BoxNotification | OtherNotification {
  const what = 'box notification'
  const value = parsePayload(payload, what)
  const { notificationType } = readFields(typeSchema, value, what)
  switch (notificationType) {
    case 'N05':
      return { notificationType, ...readFields(paidSchema, value, `${what} N05`) }
    case 'N12':
      return { notificationType, ...readFields(clearSchema, value, `${what} N12`) }
    case 'N16':
      return { notificationType, ...readFields(boundSchema, value, `${what} N16`) }
    case 'N17': {
      const qr = readFields(qrSchema, value, `${what} N17`)
      return { notificationType, ...qr, qrType: qr.qrType || DYNAMIC }
    }
    default:
      return { notificationType: 'other', named: notificationType }
  }
}

/**
 * A notification in the order and form of the newest build: compact, every value a text, N17 always in its long form
 * so that a later N12 finds its id. Not escaped to ASCII: that would make a long shop name twice as long for a box
 * that reads 512 bytes.
 */
export function writeBoxNotification(n: BoxNotification): string {
  switch (n.notificationType) {
    case 'N05': {
      const { notificationType, message } = n
      return JSON.stringify({ notificationType, amount: amountText(n.amount), message })
    }
    case 'N12': {
      const { notificationType, transactionReceiveId } = n
      return JSON.stringify({ notificationType, transactionReceiveId })
    }
    case 'N16': {
      const { notificationType, bankAccount, bankShortName, userBankName, terminalCode, terminalName } = n
      const { qrCode, bankCode, imgBank, homePage } = n
      const first = { notificationType, bankAccount, bankShortName, userBankName, terminalCode, terminalName }
      return JSON.stringify({ ...first, qrCode, bankCode, imgBank, homePage })
    }
    case 'N17': {
      const { notificationType, transactionReceiveId, bankAccount, bankShortName, userBankName, content } = n
      const { qrCode, qrType } = n
      const first = { notificationType, transactionReceiveId, bankAccount, bankShortName, userBankName, content }
      return JSON.stringify({ ...first, amount: amountText(n.amount), qrCode, qrType })
    }
  }
}

function amountText(amount: Vnd | null): string {
  return amount === null ? MASKED : groupDigits(amount)
}
