/**
 * What devices of the gateway's own kind are told, in the words of VietQR's boxes. Null: this box is not to hear it, because its
 * firmware knows nothing like it, or would take it for something else.
 *
 * A vending box is shown the QR of its newest request only, and told of money only as `bdsd`. A QR box is shown every QR of its
 * terminal (N17), and has it taken away (N12) when the order ends otherwise than by being paid: money is told as N05, which takes
 * the QR off by itself.
 */
import { z } from 'zod'
import { vnd } from '../../protocol/money.ts'
import {
  answerFields,
  fitPaid,
  fitQr,
  type Room,
  writeBoxAnswer,
  writeBoxPayment,
  writeClear,
} from '../../protocol/vietqr/box-down.ts'
import { mostPacketBytes } from '../../protocol/vietqr/box-kinds.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { Box } from '../ledger/model.ts'

/** A delivery as the lane hands it over, as far as boxes are told of it. */
const delivered = z.object({
  orderId: z.string().optional(),
  state: z.string().optional(),
  amount: z.number().transform(vnd).optional(),
  content: z.string().optional(),
  qrCode: z.string().optional(),
  kind: z.string().optional(),
  text: z.string().optional(),
})
type Delivered = z.output<typeof delivered>

type Books = Pick<Ledger, 'boxes' | 'orders'>

/** @param message the payload a native device would get on `path` */
export async function inBoxWords(
  box: Box,
  path: string,
  topic: string,
  message: unknown,
  books: Books,
): Promise<string | null> {
  const said = delivered.parse(message)
  const room: Room = { topic, mostBytes: mostPacketBytes(box.kind) }
  switch (path) {
    case 'down/order':
      return box.kind === 'vietqr-vending' ? answer(box, said, room, books) : screen(box, said, room)
    case 'down/vend':
      return payment(said, books)
    case 'down/announce':
      return spoken(said, room)
    default:
      return null
  }
}

/** Too little money must never look like success, and N05 has no other look. Only the host may hide an amount. */
function spoken({ kind, amount, text }: Delivered, room: Room): string | null {
  if (kind === 'short' || text === undefined) return null
  return fitPaid({ amount: amount ?? (kind === 'host' ? null : vnd(0)), message: text }, room)
}

async function answer(box: Box, said: Delivered, room: Room, { boxes }: Books): Promise<string | null> {
  const { orderId, qrCode, amount, state } = said
  if (state !== 'awaiting_payment' || orderId === undefined || qrCode === undefined || amount === undefined) return null
  const asked = await boxes.lastRequest(box.deviceId)
  // The box shows every answer on the screen of whatever it asked last.
  if (asked === null || asked.orderId !== orderId) return null
  const { answer: came } = await boxes.orderParts(orderId)
  const { boxOrderId, additionalData1 } = asked
  const fields = came === null ? {} : answerFields(came)
  return writeBoxAnswer({ answer: fields, qrCode, amount, orderId: boxOrderId, additionalData1 }, room)
}

/** The amount is the order's, whatever sum was transferred: the machine gives what was sold. */
async function payment({ orderId = '' }: Delivered, { boxes, orders }: Books): Promise<string | null> {
  const order = await orders.get(orderId)
  if (order === null) return null
  const { referenceNumber } = await boxes.orderParts(orderId)
  const { bankAccount, amount, content, requestId, paidAt, createdAt } = order
  return writeBoxPayment({
    bankAccount,
    amount,
    paidAt: paidAt ?? createdAt,
    referenceNumber: referenceNumber ?? orderId,
    orderId: boxOrderIdOf(requestId) ?? orderId,
    content,
  })
}

function screen({ bound }: Box, said: Delivered, room: Room): string | null {
  const { orderId = '', state, amount, qrCode, content = '' } = said
  if (state === 'paid' || state === 'held') return null
  if (state !== 'awaiting_payment') return writeClear(orderId)
  if (qrCode === undefined || amount === undefined || bound === null) return null
  const { bankAccount, bankShortName, userBankName } = bound
  const qr = { transactionReceiveId: orderId, bankAccount, bankShortName, userBankName, content, amount, qrCode }
  return fitQr(qr, room)
}

/** What stands before the mark in the request id of a box; no id of a box contains it. */
const MARK = ':'

/** The request id of an order of a box whose own id was used before: boxes draw theirs from few random digits. */
export function markedRequestId(boxOrderId: string, mark: string): string {
  return `${boxOrderId}${MARK}${mark}`
}

function boxOrderIdOf(requestId: string | null): string | undefined {
  return requestId?.split(MARK)[0]
}
