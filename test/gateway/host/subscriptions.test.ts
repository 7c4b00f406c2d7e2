import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Subscriber, Subscriptions } from '../../../gateway/host/subscriptions.ts'

/** A broker's side of subscribing that refuses topics with "no" in them and grants those with "zero" at QoS 0. */
class Broker implements Subscriber {
  readonly asked: string[][] = []
  readonly left: string[] = []
  waiting = 0
  mostWaiting = 0

  async subscribe(topics: readonly string[]): Promise<readonly number[]> {
    this.asked.push([...topics])
    this.waiting += 1
    this.mostWaiting = Math.max(this.mostWaiting, this.waiting)
    await new Promise(resolve => setImmediate(resolve))
    this.waiting -= 1
    return topics.map(topic => (topic.includes('no') ? 128 : topic.includes('zero') ? 0 : 1))
  }

  async unsubscribe(topics: readonly string[]): Promise<void> {
    this.left.push(...topics)
  }
}

test('thousands of topics go in packets of at most fifty, eight at a time', async () => {
  const subscriptions = new Subscriptions()
  const broker = new Broker()
  const topics = Array.from({ length: 3_001 }, (_, index) => `vietqr/bdsd/T${index}`)
  subscriptions.want(topics)
  await subscriptions.renew(broker)
  assert.deepEqual(broker.asked.flat(), topics)
  assert.equal(Math.max(...broker.asked.map(batch => batch.length)), 50)
  assert.equal(broker.mostWaiting, 8)
})

test('every new connection asks for the whole list again', async () => {
  const subscriptions = new Subscriptions()
  subscriptions.want(['a', 'b'])
  await subscriptions.renew(new Broker())
  const second = new Broker()
  await subscriptions.renew(second)
  assert.deepEqual(second.asked, [['a', 'b']])
})

test('a topic given up while the link was down is unsubscribed from the session the broker kept', async () => {
  const subscriptions = new Subscriptions()
  subscriptions.want(['a', 'b'])
  await subscriptions.renew(new Broker())
  subscriptions.want(['b', 'c'])
  const second = new Broker()
  await subscriptions.renew(second)
  assert.deepEqual(second.left, ['a'])
  assert.deepEqual(second.asked, [['b', 'c']])
})

test('a changed list asks only for what is new and leaves only what is gone', async () => {
  const subscriptions = new Subscriptions()
  const broker = new Broker()
  subscriptions.want(['a', 'b'])
  await subscriptions.renew(broker)
  subscriptions.want(['b', 'c'])
  await subscriptions.level(broker)
  assert.deepEqual(broker.asked, [['a', 'b'], ['c']])
  assert.deepEqual(broker.left, ['a'])
})

test('a list changed while the broker is being asked is levelled before it is told to be done', async () => {
  const subscriptions = new Subscriptions()
  const broker = new Broker()
  subscriptions.want(['a'])
  const renewed = subscriptions.renew(broker)
  while (broker.waiting === 0) await Promise.resolve()
  subscriptions.want(['a', 'b'])
  await renewed
  assert.deepEqual(broker.asked, [['a'], ['b']])
})

test('two changes at once ask for no topic twice', async () => {
  const subscriptions = new Subscriptions()
  const broker = new Broker()
  subscriptions.want(['a'])
  const first = subscriptions.level(broker)
  subscriptions.want(['a', 'b'])
  await Promise.all([first, subscriptions.level(broker)])
  assert.deepEqual(broker.asked.flat().sort(), ['a', 'b'])
})

test('refused topics are listed until they are no longer wanted, and asked for again when wanted anew', async () => {
  const subscriptions = new Subscriptions()
  const broker = new Broker()
  subscriptions.want(['a', 'no/1', 'zero'])
  await subscriptions.renew(broker)
  assert.deepEqual(subscriptions.refused, ['no/1'])
  assert.deepEqual(subscriptions.unacknowledged, ['zero'])
  subscriptions.want(['a'])
  await subscriptions.level(broker)
  assert.deepEqual(subscriptions.refused, [])
  subscriptions.want(['a', 'no/1'])
  await subscriptions.level(broker)
  assert.deepEqual(broker.asked.at(-1), ['no/1'])
})

test('a list with an impossible topic changes nothing', async () => {
  const subscriptions = new Subscriptions()
  const broker = new Broker()
  subscriptions.want(['a'])
  assert.throws(() => subscriptions.want(['b', 'c#']), { code: 'HOST_TOPIC' })
  await subscriptions.renew(broker)
  assert.deepEqual(broker.asked, [['a']])
})
