/**
 * Thousands of things devices may and may not try, on a broker that is judged by effects: what the gateway took, what any
 * device received, what a later subscriber finds, and whether the connection is still there. The broker is anything with a
 * port that speaks MQTT 3.1.1, with the two ends of the gateway behind it.
 */

import { Random } from '../../support/random.ts'
import { clientId, DEVICES, filter, malformedFilter, malformedTopic, probe, said, topic } from './access-cases.ts'
import {
  clientIdVerdict,
  matches,
  publishVerdict,
  subscribeVerdict,
  type Verdict,
  willVerdict,
} from './access-oracle.ts'
import type { Outcome, Size } from './access-size.ts'
import { strays } from './access-witness.ts'
import type { BrokerUnderTest } from './broker-under-test.ts'
import { Visitor } from './visitor.ts'

const FILTERS_AT_ONCE = 24
const PROBES = 6
/** What every device is told while another one listens for what is not its own. */
const NEIGHBOURS = 'said to one device'

/** Runs all cases; resolves with how many there were and every way in which the broker differs from the oracle. */
export async function proveAccess(broker: BrokerUnderTest, seed: number, size: Size): Promise<Outcome> {
  const proof = new AccessProof(broker, new Random(seed))
  // Where a device has one link, nobody can watch beside those who try.
  if (!broker.exceptions.replacesClientIds) await proof.watch()
  await eachDevice(size.publishes, proof, (device, count) => proof.publishes(device, count))
  await eachDevice(size.malformed, proof, (device, count) => proof.malformed(device, count))
  await eachDevice(size.wills, proof, (device, count) => proof.wills(device, count))
  await eachDevice(size.clientIds, proof, (device, count) => proof.clientIds(device, count))
  await proof.judgeEffects()
  await eachDevice(size.filters, proof, (device, count) => proof.filters(device, count))
  return { cases: proof.cases, problems: proof.problems, verdicts: proof.verdicts }
}

async function eachDevice(
  count: number,
  proof: AccessProof,
  work: (deviceId: string, count: number) => Promise<void>,
): Promise<void> {
  await Promise.all(DEVICES.map(deviceId => work(deviceId, Math.ceil(count / DEVICES.length))))
  if (proof.problems.length > 0) await proof.leave()
}

class AccessProof {
  cases = 0
  readonly problems: string[] = []
  readonly verdicts = { allowed: 0, denied: 0, malformed: 0, open: 0 }
  readonly #broker: BrokerUnderTest
  readonly #random: Random
  readonly #watchers: Visitor[] = []
  /** What the gateway has to have taken, and what it may have. */
  readonly #due: string[] = []
  readonly #possible = new Set<string>()
  #visits = 0

  constructor(broker: BrokerUnderTest, random: Random) {
    this.#broker = broker
    this.#random = random
  }

  /** One honest link of every device listens to all it may. */
  async watch(): Promise<void> {
    for (const deviceId of DEVICES) {
      const watcher = await this.#enter(deviceId, 'watch')
      await watcher.subscribe(`gw/v1/${deviceId}/down/#`)
      this.#watchers.push(watcher)
    }
  }

  async leave(): Promise<void> {
    await Promise.all(this.#watchers.splice(0).map(watcher => watcher.leave()))
  }

  async publishes(deviceId: string, count: number): Promise<void> {
    const random = this.#random.fork()
    let visitor = await this.#enter(deviceId)
    for (let made = 0; made < count; made += 1) {
      const chosen = said(random, topic(random, deviceId, 'up'))
      const verdict = this.#count(publishVerdict(deviceId, chosen.topic))
      const text = `publish ${deviceId} ${made}`
      const outcome = await visitor.publish(chosen.topic, text, chosen.qos, chosen.retain)
      this.#expect(verdict, deviceId, chosen.topic, text)
      const right = verdict === 'allowed' ? 'taken' : 'ended'
      const eitherWay = verdict === 'open' || (verdict === 'denied' && this.#broker.exceptions.acknowledgesDenied)
      if (!eitherWay && outcome !== right) {
        this.problems.push(`${deviceId} PUBLISH ${chosen.topic} QoS ${chosen.qos}: ${outcome}, ${right} is right`)
      }
      // It may acknowledge first and end the link then.
      if (eitherWay) await visitor.ping()
      if (visitor.closed) visitor = await this.#enter(deviceId)
    }
    await visitor.leave()
  }

  /** Either way is right with what MQTT has no meaning for, as long as it has no effect. */
  async malformed(deviceId: string, count: number): Promise<void> {
    const random = this.#random.fork()
    for (let made = 0; made < count; made += 1) {
      this.#count('malformed')
      const visitor = await this.#enter(deviceId)
      if (random.chance(0.5)) {
        await visitor.publish(malformedTopic(random, deviceId), `malformed ${made}`, 1, random.chance(0.5))
      } else {
        const bad = malformedFilter(random, deviceId)
        const granted = await visitor.subscribe(bad)
        if (granted !== 'ended' && granted[0] !== 128) this.problems.push(`${deviceId} SUBSCRIBE ${bad}: ${granted}`)
      }
      await visitor.vanish()
    }
  }

  async wills(deviceId: string, count: number): Promise<void> {
    const random = this.#random.fork()
    for (let made = 0; made < count; made += 1) {
      const of = random.chance(0.3)
        ? `gw/v1/${deviceId}/up/status`
        : topic(random, deviceId, random.chance(0.8) ? 'up' : 'down')
      const text = `will ${deviceId} ${made}`
      const { qos, retain } = said(random, of)
      const anywhere = this.#broker.exceptions.willsAnywhereUp
      const verdict = this.#count(anywhere ? publishVerdict(deviceId, of) : willVerdict(deviceId, of))
      const { visitor, answer } = await Visitor.come(this.#broker.port, {
        ...this.#login(deviceId),
        will: { topic: of, text, qos, retain },
      })
      const refused = answer !== 0
      if (verdict === 'allowed' && refused) this.problems.push(`${deviceId} will ${of}: refused with ${answer}`)
      if (verdict === 'denied' && !refused && !this.#broker.exceptions.acknowledgesDenied) {
        this.problems.push(`${deviceId} will ${of}: let in`)
      }
      if (refused) await visitor.until(() => visitor.closed)
      this.#expect(refused ? 'denied' : verdict, deviceId, of, text)
      if (random.chance(0.8)) await visitor.vanish()
      else {
        // Who says goodbye has no will.
        if (verdict === 'allowed') this.#due.splice(this.#due.indexOf(line(deviceId, of, text)), 1)
        await visitor.leave()
      }
    }
  }

  async clientIds(deviceId: string, count: number): Promise<void> {
    const random = this.#random.fork()
    for (let made = 0; made < count; made += 1) {
      const chosen = clientId(random, deviceId)
      const verdict = this.#count(clientIdVerdict(deviceId, chosen))
      const { visitor, answer } = await Visitor.come(this.#broker.port, { ...this.#login(deviceId), clientId: chosen })
      const right = verdict === 'allowed' || this.#broker.exceptions.replacesClientIds
      if ((answer === 0) !== right) {
        this.problems.push(`${deviceId} with client id ${JSON.stringify(chosen)}: answered ${answer}`)
      }
      if (answer === 0) await this.#speaksAsItself(visitor, deviceId, `client id ${deviceId} ${made}`)
      await visitor.vanish()
    }
  }

  /** Whatever it calls itself, it is the device whose login it has. */
  async #speaksAsItself(visitor: Visitor, deviceId: string, text: string): Promise<void> {
    const own = `gw/v1/${deviceId}/up/x`
    this.#expect('allowed', deviceId, own, text)
    if ((await visitor.publish(own, text)) === 'ended') this.problems.push(`${deviceId}: ${text} was cut off`)
  }

  /** Subscriptions are made many at a time; then the gateway speaks, to this device and to the others. */
  async filters(deviceId: string, count: number): Promise<void> {
    const random = this.#random.fork()
    const fence = `gw/v1/${deviceId}/down/fence`
    for (let batch = 0; batch < count; batch += FILTERS_AT_ONCE) {
      const visitor = await this.#enter(deviceId)
      const made = Array.from({ length: FILTERS_AT_ONCE }, () => filter(random, deviceId))
      const wanted = [...new Set(made)].filter(asked => subscribeVerdict(deviceId, asked) !== 'malformed')
      const judged = wanted.map(asked => ({ asked, verdict: this.#count(subscribeVerdict(deviceId, asked)) }))
      const [granted, fenced] = [await visitor.subscribe(...wanted), await visitor.subscribe(fence)]
      if (granted === 'ended' || fenced === 'ended') {
        this.problems.push(`${deviceId} SUBSCRIBE ended the connection: ${wanted.join(' ')}`)
        continue
      }
      for (const [at, { asked, verdict }] of judged.entries()) {
        const right = verdict === 'denied' ? 128 : 1
        if (verdict === 'open' || granted[at] === right) continue
        if (verdict === 'denied' && this.#broker.exceptions.acknowledgesDenied) continue
        this.problems.push(`${deviceId} SUBSCRIBE ${asked}: granted ${granted[at]}, ${right} is right`)
      }
      const { acknowledgesDenied } = this.#broker.exceptions
      const open = judged
        .filter(({ verdict }) => acknowledgesDenied || verdict !== 'denied')
        .map(({ asked }) => (acknowledgesDenied ? asked.replace(/^\$share\/[^/]*\//, '') : asked))
      await this.#speak(random, deviceId, wanted, open, visitor)
      await visitor.leave()
    }
  }

  /** After everything was said: who took what, who received what, and what stayed behind. */
  async judgeEffects(): Promise<void> {
    // What is missing is named below.
    await this.#broker.untilTaken(this.#due.length).catch(() => undefined)
    await this.#fences()
    await Promise.all(this.#watchers.splice(0).map(watcher => watcher.leave()))
    // A later subscriber finds what was retained.
    await this.watch()
    await this.#fences()
    await this.leave()
    const right = [...this.#due, ...this.#possible].map(one => one.slice(one.indexOf(': ') + 2))
    this.problems.push(...(await strays(this.#broker.witness, new Set(right))))
    const taken = this.#broker
      .taken()
      .map(({ deviceId, path, text }) => line(deviceId, `gw/v1/${deviceId}/${path}`, text))
    const counts = new Map<string, number>()
    for (const one of taken) counts.set(one, (counts.get(one) ?? 0) + 1)
    for (const one of this.#due) {
      if (counts.get(one) !== 1) this.problems.push(`taken ${counts.get(one) ?? 0} times: ${one}`)
      counts.delete(one)
    }
    for (const one of counts.keys()) if (!this.#possible.has(one)) this.problems.push(`taken, and must not be: ${one}`)
  }

  async #fences(): Promise<void> {
    for (const [at, watcher] of this.#watchers.entries()) {
      const deviceId = DEVICES[at] ?? ''
      await this.#broker.tell(deviceId, 'down/fence', 'fence')
      await watcher.until(() => watcher.received.some(({ text }) => text === 'fence'))
      for (const { topic: of, text } of watcher.received) {
        if (text !== 'fence') this.problems.push(`${deviceId} received ${text} on ${of}`)
      }
    }
  }

  async #speak(
    random: Random,
    deviceId: string,
    wanted: readonly string[],
    open: readonly string[],
    visitor: Visitor,
  ): Promise<void> {
    const own = `gw/v1/${deviceId}/`
    const candidates = random.shuffled([...open, ...open, ...wanted, `${own}down/order`]).map(of => probe(random, of))
    const paths = [...new Set(candidates)]
      .filter(of => of.startsWith(`${own}down/`) && of !== `${own}down/` && !/[+#]/.test(of))
      .slice(0, PROBES)
    const right: string[] = []
    for (const of of paths) {
      await this.#broker.tell(deviceId, of.slice(own.length), of)
      if (open.some(asked => matches(asked, of))) right.push(of)
    }
    const neighbour = random.pick(DEVICES.filter(device => device !== deviceId))
    await this.#broker.tell(neighbour, 'down/order', NEIGHBOURS)
    await this.#broker.tell(deviceId, 'down/fence', 'fence')
    await visitor.until(() => visitor.closed || visitor.received.some(({ text }) => text === 'fence'))
    // What this one is told by the others as their neighbour is its own, and may come at any time.
    const heard = visitor.received
      .filter(({ topic: of, text }) => text !== 'fence' && !(text === NEIGHBOURS && of.startsWith(own)))
      .map(({ topic: of }) => of)
    if (String(heard.sort()) !== String(right.sort())) {
      this.problems.push(`${deviceId} with ${open.join(' ')} received ${heard.join(' ')}, ${right.join(' ')} is right`)
    }
  }

  #expect(verdict: Verdict, deviceId: string, of: string, text: string): void {
    const one = line(deviceId, of, text)
    if (verdict === 'allowed') this.#due.push(one)
    if (verdict === 'open') this.#possible.add(one)
  }

  #count(verdict: Verdict): Verdict {
    this.cases += 1
    this.verdicts[verdict] += 1
    return verdict
  }

  #login(deviceId: string, name?: string) {
    this.#visits += 1
    const own = name ?? String(this.#visits)
    return { clientId: `${deviceId}.${own}`, username: deviceId, password: this.#broker.password(deviceId) }
  }

  #enter(deviceId: string, name?: string): Promise<Visitor> {
    return Visitor.enter(this.#broker.port, this.#login(deviceId, name))
  }
}

function line(deviceId: string, of: string, text: string): string {
  return `${deviceId}: ${text} on ${of}`
}
