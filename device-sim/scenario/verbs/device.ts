import { z } from 'zod'
import { nothing, type Verb, verb } from '../verb.ts'

const wish = z.strictObject({
  amount: z.number(),
  content: z.string().optional(),
  ticket: z.string().optional(),
  counter: z.string().optional(),
  item: z.string().optional(),
  ttl: z.number().optional(),
  requestId: z.string().optional(),
  /** What later lines call this order. */
  as: z.string().optional(),
})
const wished = z.union([z.number().transform(amount => wish.parse({ amount })), wish])

/** What a device does, or what is done to it. */
export const DEVICE_VERBS: readonly Verb[] = [
  verb(
    'device',
    'orders',
    wished,
    'asks for an order and waits for the answer',
    async (scene, id, { as, ...asked }) => {
      scene.nameOrder(await scene.orderAt(id, asked), as)
    },
  ),
  verb('device', 'begins to order', wished, 'asks, and does not wait', async (scene, id, { as, ...asked }) => {
    scene.orderAt(id, asked).then(
      orderId => scene.nameOrder(orderId, as),
      () => {},
    )
  }),
  verb('device', 'cancels', nothing, 'gives up the order on its screen', (scene, id) => scene.device(id).cancel()),
  verb('device', 'looks up', nothing, 'asks the host about the order on its screen', (scene, id) =>
    scene.device(id).key('lookup'),
  ),
  verb('device', 'simulates', nothing, 'has the order on its screen paid', (scene, id) =>
    scene.device(id).key('simulate'),
  ),
  verb('device', 'presses', z.string(), 'a key, as vietqr-sim device takes it', (scene, id, key) =>
    scene.device(id).key(key),
  ),
  verb('device', 'takes in cash', z.int().min(1), 'so many pulses of its bill acceptor', (scene, id, pulses) =>
    scene.device(id).key(`cash ${pulses}`),
  ),
  verb('device', 'goes off', nothing, 'loses its power', (scene, id) => scene.powerOff(id)),
  verb('device', 'comes back', nothing, 'has its power again, and can be told', (scene, id) => scene.powerOn(id)),
]
