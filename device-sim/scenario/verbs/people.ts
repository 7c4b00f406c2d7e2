import { z } from 'zod'
import { SHOP_ACCOUNTS } from '../shop-accounts.ts'
import { duration, nothing, type Verb, verb } from '../verb.ts'

const amount = z.number()
const payment = z.union([
  z.literal('full').transform(() => ({ amount: undefined, order: undefined, times: 1 })),
  amount.transform(paid => ({ amount: paid, order: undefined, times: 1 })),
  z.strictObject({ amount: amount.optional(), order: z.string().optional(), times: z.int().min(1).default(1) }),
])
const unordered = z.union([
  amount.transform(paid => ({ amount: paid, content: '', at: undefined })),
  z.strictObject({ amount, content: z.string().default(''), at: z.string().optional() }),
])
const moving = z.strictObject({ device: z.string(), counter: z.string() })
const box = z.string()
const atBox = z.strictObject({ box, amount, content: z.string().default('') })
const activation = z.union([
  box.transform(id => ({ box: id, shopName: 'Quán mẫu', account: undefined })),
  z.strictObject({ box, shopName: z.string().default('Quán mẫu'), account: z.enum(SHOP_ACCOUNTS).optional() }),
])
const wish = z.strictObject({
  amount,
  content: z.string().optional(),
  ticket: z.string().optional(),
  counter: z.string().optional(),
  at: z.string().optional(),
  as: z.string().optional(),
})
const order = z.union([z.null(), z.string()])
const DECISIONS = ['release', 'refund-listed', 'dismiss'] as const

/** Customers with their bank apps, and the people of the shop at the command line. */
export const PEOPLE_VERBS: readonly Verb[] = [
  verb(
    'customer',
    'pays',
    payment,
    'the last order, in full or an amount; or {amount, order, times}',
    (scene, _, paid) => scene.pay(paid),
  ),
  verb('customer', 'pays twice', nothing, 'the last order, two separate payments', scene => scene.pay({ times: 2 })),
  verb(
    'customer',
    'pays without an order',
    unordered,
    'an amount, or {amount, content, at: a box}, to the account',
    (scene, _, paid) => scene.payUnmatched(paid),
  ),
  verb(
    'customer',
    'pays the static code',
    atBox,
    '{box, amount}: the code a QR box shows by itself',
    (scene, _, paid) => scene.boxes.payStatic(paid.box, paid.amount),
  ),
  verb(
    'person',
    'orders',
    wish,
    'an order of the command line; at: at the terminal of a box',
    async (scene, _, wished) => {
      const { as, at, ...asked } = wished
      const answer = await scene.ask('orders create', { terminal: scene.terminalAt(at), ...asked })
      scene.nameOrder(z.object({ orderId: z.string() }).parse(answer).orderId, as)
    },
  ),
  verb('person', 'cancels', order, 'an order', async (scene, _, name) => {
    await scene.ask('orders cancel', { id: scene.order(name) })
  }),
  verb('person', 'simulates', order, 'the payment of an order', async (scene, _, name) => {
    await scene.ask('simulate', { id: scene.order(name) })
  }),
  verb('person', 'resolves', z.enum(DECISIONS), 'the last order, with this decision', async (scene, _, decision) => {
    await scene.ask('orders resolve', { id: scene.order(null), decision, reason: 'decided in the story' })
  }),
  verb('person', 'moves', moving, '{device, counter}: to another counter', async (scene, _, { device, counter }) => {
    await scene.ask('devices move', { id: device, terminal: scene.terminal, counter })
  }),
  verb(
    'person',
    'activates',
    activation,
    'a box in VietQR’s app; or {box, shopName, account}: for another account',
    (scene, _, { box: id, shopName, account }) => scene.activate(id, shopName, account),
  ),
  verb(
    'person',
    'pushes a code',
    atBox,
    '{box, amount, content} from VietQR’s app to a QR box',
    async (scene, _, pushed) => {
      scene.nameOrder(await scene.boxes.push(pushed.box, pushed.amount, pushed.content), undefined)
    },
  ),
  verb('person', 'takes the code off', box, 'a QR box, in VietQR’s app', (scene, _, id) => scene.boxes.takeOff(id)),
  verb('person', 'reconciles', nothing, 'asks the host about everything of the last hour', async scene => {
    await scene.ask('reconcile', { sinceMs: 3_600_000 })
  }),
  verb('time', 'passes', duration, 'nothing is done for so long', (scene, _, time) => scene.wait(time)),
]
