import { z } from 'zod'
import type { Device } from '../devices/device.ts'
import type { SimulatedKind } from '../devices/quirks.ts'
import { ControlError } from '../host/control/errors.ts'
import { amount, does, type Route, text } from '../host/control/route.ts'
import type { Plugs } from './plugs.ts'
import type { ShopOnPage } from './shop-on-page.ts'

/** Kinds at which a customer or a cashier orders. */
const ORDERING: readonly SimulatedKind[] = ['paybox', 'vending', 'pos', 'vietqr-vending']
const MOST_CHARACTERS = 200

const words = text.max(MOST_CHARACTERS, { error: `has more than ${MOST_CHARACTERS} characters` })
const keysSchema = z.strictObject({ line: words })
const orderSchema = z.strictObject({
  amount,
  content: words.optional(),
  ticket: words.optional(),
  counter: words.optional(),
  item: words.optional(),
})
const powerSchema = z.strictObject({ on: z.boolean({ error: 'should be true or false' }) })
const paySchema = z.strictObject({ qrCode: text })
const payLessSchema = z.strictObject({ qrCode: text, amount })
const unmatchedSchema = z.strictObject({ amount, content: words.optional() })

/** What the buttons of the page do: the keys of the devices, and the phone. */
export function pageRoutes({ devices, host, till }: ShopOnPage, plugs: Plugs): readonly Route[] {
  return [
    ...devices.flatMap(device => deviceRoutes(device, plugs)),
    does('POST', '/pay', '{qrCode}', 'the phone pays a code', paySchema, body => host.pay(body)),
    does('POST', '/pay-less', '{qrCode, amount}', 'the phone pays less than asked', payLessSchema, async body => {
      const { amount: asked } = host.payments.order(body)
      if (asked !== null && body.amount >= asked) {
        throw new ControlError(400, 'AMOUNT_INVALID', `amount should be less than the ${asked} VND of the code`)
      }
      return host.pay(body)
    }),
    does('POST', '/pay-twice', '{qrCode}', 'the phone pays a code and pays it again', paySchema, async body => [
      await host.pay(body),
      await host.pay(body),
    ]),
    does('POST', '/pay-unmatched', '{amount, content?}', 'money that belongs to no order', unmatchedSchema, body =>
      host.payUnmatched({ ...till, amount: body.amount, content: body.content ?? '' }),
    ),
  ]
}

function deviceRoutes(device: Device, plugs: Plugs): readonly Route[] {
  const path = `/devices/${encodeURIComponent(device.deviceId)}`
  const keys = does('POST', `${path}/keys`, '{line}', 'a line typed at the device', keysSchema, async ({ line }) => {
    needsPower(device, plugs)
    await device.key(line).catch((error: unknown) => {
      throw new ControlError(400, 'KEY_UNKNOWN', error instanceof Error ? error.message : String(error))
    })
    return {}
  })
  const power = does('POST', `${path}/power`, '{on}', 'its plug', powerSchema, async ({ on }) => {
    if (on) plugs.put(device)
    else await plugs.pull(device)
    return {}
  })
  if (!ORDERING.includes(device.kind)) return [keys, power]
  const order = does('POST', `${path}/order`, '{amount, content?, ticket?, …}', 'an order', orderSchema, wish => {
    needsPower(device, plugs)
    // What comes of it is seen on its screen; a device that is switched off first has nothing to show.
    device.order(wish).catch(() => {})
    return {}
  })
  return [keys, power, order]
}

function needsPower(device: Device, plugs: Plugs): void {
  if (plugs.isIn(device)) return
  throw new ControlError(409, 'DEVICE_OFF', `${device.deviceId} has no power; put its plug back first`)
}
