import { z } from 'zod'
import type { Box } from '../boxes.ts'
import { orderView } from '../order-view.ts'
import type { SimulatedHost } from '../simulated-host.ts'
import { amount, asks, does, nothing, type Route, text } from './route.ts'

const boxSchema = z.strictObject({ box: text })
const bindSchema = z.strictObject({ box: text, bankAccount: text.optional(), terminalName: text.default('Quay thu') })
const pushSchema = z.strictObject({ box: text, amount, content: z.string({ error: 'should be a text' }).default('') })
const paySchema = z.strictObject({ box: text, amount })
const BOX = 'box: its MAC, boxCode or boxId'

/** VietQR's own boxes, and the merchants who bind and use them. */
export function boxRoutes(host: SimulatedHost): readonly Route[] {
  const { boxes } = host
  return [
    asks('GET', '/boxes', null, 'the boxes that have registered', nothing, () => boxes.all().map(boxView)),
    does(
      'POST',
      '/boxes/bind',
      `{box, bankAccount?, terminalName?}; ${BOX}`,
      'a merchant scans the certificate of a box: N16; the first linked account if none is given',
      bindSchema,
      async body => boxView(await boxes.bind(body.box, body.bankAccount, body.terminalName)),
    ),
    does(
      'POST',
      '/boxes/push',
      '{box, amount, content?}',
      'a merchant sends a code to a box: N17',
      pushSchema,
      async body => orderView(await boxes.push(body.box, body.amount, body.content)),
    ),
    does('POST', '/boxes/clear', '{box}', 'a merchant takes the code off a box: N12', boxSchema, async body =>
      boxView(await boxes.takeOff(body.box)),
    ),
    does('POST', '/boxes/pay', '{box, amount}', 'a person pays the static code of a box: N05', paySchema, body =>
      boxes.payStatic(body.box, body.amount),
    ),
  ]
}

function boxView({ mac, boxCode, boxId, binding, showing }: Box) {
  const bound = binding && {
    bankAccount: binding.account.bankAccount,
    terminalName: binding.terminalName,
    qrCode: binding.staticQr,
  }
  return { mac, boxCode, boxId, bound, showing: showing !== null }
}
