import { z } from 'zod'
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
const sent = z.strictObject({ topic: z.string(), payload: z.union([z.string(), z.record(z.string(), z.unknown())]) })

/** The host, the gateway, and what stands in its books. */
export const OTHER_VERBS: readonly Verb[] = [
  verb('host', 'goes away', nothing, 'nothing gets through to VietQR', scene => scene.hostGoes()),
  verb('host', 'comes back', nothing, 'the line to VietQR is whole, and the gateway connected', scene =>
    scene.hostComes(),
  ),
  verb(
    'host',
    'has faults',
    z.record(z.string(), z.unknown()),
    'faults by name, as the control port takes them',
    (scene, _, faults) => scene.control('PUT', '/faults', faults),
  ),
  verb('host', 'sends', sent, '{topic, payload}: any message, as it is', (scene, _, { topic, payload }) =>
    scene.control('POST', '/inject', {
      topic,
      payload: typeof payload === 'string' ? payload : JSON.stringify(payload),
    }),
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
    (scene, _, wanted) => scene.untilOrder(wanted),
  ),
  verb(
    'ledger',
    'shows payments',
    count,
    'how many; or {count, source, match, settled, …}: how many such',
    (scene, _, wanted) => scene.untilCount('payments list', wanted),
  ),
  verb('ledger', 'shows dead letters', count, 'how many; or {count, reason}: how many such', (scene, _, wanted) =>
    scene.untilCount('dead-letters list', wanted),
  ),
]
