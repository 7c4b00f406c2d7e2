import { z } from 'zod'
import { faultsSchema } from '../../host/faults.ts'
import { duration, nothing, type Verb, verb } from '../verb.ts'

const within = duration.default(10_000)
const orderRow = z.strictObject({
  order: z.string().optional(),
  state: z.string().optional(),
  fulfilment: z.string().optional(),
  received: z.number().optional(),
  amount: z.number().optional(),
  within,
})
const count = z.union([
  z.int().transform(payments => ({ count: payments, within: 10_000, fields: {} })),
  z
    .object({ count: z.int(), within })
    .catchall(z.union([z.string(), z.number(), z.boolean()]))
    .transform(({ count: payments, within: time, ...fields }) => ({ count: payments, within: time, fields })),
])
const sent = z.strictObject({
  topic: z.string(),
  text: z.string().optional(),
  json: z.unknown().optional(),
  retain: z.boolean().optional(),
})

const heard = z.strictObject({ topic: z.string(), count: z.int(), within })

/** The host, the gateway, and what stands in its books. */
export const OTHER_VERBS: readonly Verb[] = [
  verb('host', 'goes away', nothing, 'nothing gets through to VietQR', scene => scene.hostGoes()),
  verb('host', 'comes back', nothing, 'the line to VietQR is whole, and the gateway connected', scene =>
    scene.hostComes(),
  ),
  verb(
    'host',
    'has faults',
    faultsSchema,
    'exactly these, by the names of its control port',
    async (scene, _, faults) => {
      await scene.control.ask('PUT', '/faults', faults)
    },
  ),
  verb(
    'host',
    'sends',
    sent,
    '{topic, text or json, retain}: any message, past all faults; {ID} in the topic is the terminal code of a box',
    async (scene, _, message) => {
      await scene.control.ask('POST', '/inject', { ...message, topic: scene.boxes.filled(message.topic) })
    },
  ),
  verb('host', 'reconnects', nothing, 'to its broker, and is handed all that is retained there', scene =>
    scene.hostReconnects(),
  ),
  verb(
    'host',
    'has heard',
    heard,
    '{topic, count}: so many messages so far',
    (scene, _, { topic, count: times, within }) => scene.books.untilHeard(scene.boxes.filled(topic), times, within),
  ),
  verb('gateway', 'is killed', nothing, 'loses its power', scene => scene.stage.gateway.stop('SIGKILL')),
  verb('gateway', 'comes back', nothing, 'is started on the same data, and the devices with it', scene =>
    scene.gatewayComes(),
  ),
  verb(
    'ledger',
    'shows the order',
    orderRow,
    '{state, fulfilment, received} of the last order, or of {order}',
    (scene, _, { order, within: time, ...fields }) => scene.books.untilOrder(scene.order(order), fields, time),
  ),
  verb(
    'ledger',
    'shows payments',
    count,
    'how many; or {count, source, match, settled, …}: how many such',
    (scene, _, wanted) => scene.books.untilCount('payments list', wanted),
  ),
  verb('ledger', 'shows orders', count, 'how many; or {count, state, …}: how many such', (scene, _, wanted) =>
    scene.books.untilCount('orders list', wanted),
  ),
  verb('ledger', 'shows dead letters', count, 'how many; or {count, reason}: how many such', (scene, _, wanted) =>
    scene.books.untilCount('dead-letters list', wanted),
  ),
]
