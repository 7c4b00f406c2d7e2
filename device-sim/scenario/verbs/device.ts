import { z } from 'zod'
import { CALL_KEYS } from '../../devices/simulated-device.ts'
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
      const answer = await scene.device(id).order(asked)
      if (answer.orderId !== undefined) scene.nameOrder(answer.orderId, as)
    },
  ),
  verb('device', 'begins to order', wished, 'asks, and does not wait', async (scene, id, { as, ...asked }) => {
    const answered = scene.device(id).order(asked)
    answered.then(answer => scene.nameOrder(answer.orderId ?? '', as)).catch(() => {})
  }),
  verb('device', 'cancels', nothing, 'gives up the order on its screen', (scene, id) => scene.device(id).cancel()),
  verb('device', 'looks up', nothing, 'asks the host about the order on its screen', (scene, id) =>
    scene.device(id).lookup(),
  ),
  verb('device', 'simulates', nothing, 'has the order on its screen paid', (scene, id) => scene.device(id).simulate()),
  verb('device', 'presses', z.enum(CALL_KEYS), 'a key of a counter call', (scene, id, key) =>
    scene.device(id).press(key),
  ),
  verb('device', 'goes off', nothing, 'loses its power', (scene, id) => scene.powerOff(id)),
  verb('device', 'comes back', nothing, 'has its power again, and can be told', (scene, id) => scene.powerOn(id)),
]
