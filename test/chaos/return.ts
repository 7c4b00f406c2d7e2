import { Visitor } from '../integration/broker/visitor.ts'
import { LoneGateway } from '../support/lone-gateway.ts'
import { Random } from '../support/random.ts'
import { assertNone, type Proof } from './proof.ts'

/** What the whole shop may take to be back, from the start of the new process. */
const PROMISED_MS = 30_000
/** As the device documentation has it: 1 s, then twice as long each time up to 60 s, with a random part. */
const FIRST_WAIT_MS = 1_000
const LONGEST_WAIT_MS = 60_000
const GIVE_UP_MS = 120_000

/** All devices of a shop lose their connection in the same instant and are back, each with its own messages, in time. */
export const returning: Proof = {
  name: 'return',
  needs: () => false,
  async run({ seed, short }) {
    const ids = Array.from({ length: short ? 100 : 1_000 }, (_, index) => `pos-${index + 1}`)
    const random = new Random(seed)
    await using gateway = await LoneGateway.create(ids)
    await gateway.start()
    // Every other one speaks TLS.
    const fleet = ids.map((id, index) => new ReturningDevice(id, gateway, index % 2 === 0, random.fork()))
    await Promise.all(fleet.map(device => device.beBack()))
    const gone = Promise.all(fleet.map(device => device.lost()))
    await gateway.process.stop('SIGKILL')
    await gone
    const started = performance.now()
    const [longest] = await Promise.all([lastOf(fleet, started), gateway.start()])
    const online = await gateway.metric('vietqr_devices_online')
    const problems = fleet.flatMap(({ problems }) => problems)
    if (longest > PROMISED_MS) problems.push(`the last device was back after ${Math.round(longest)} ms`)
    if (online !== ids.length) problems.push(`the gateway counts ${online} devices`)
    await Promise.all(fleet.map(device => device.leave()))
    assertNone(problems)
    return { devices: ids.length, lastBackMs: Math.round(longest) }
  },
}

async function lastOf(fleet: readonly ReturningDevice[], since: number): Promise<number> {
  const times = await Promise.all(fleet.map(device => device.beBack().then(() => performance.now() - since)))
  return Math.max(...times)
}

/** A device that connects again as it should, and is back when it has been told what is true now. */
class ReturningDevice {
  readonly problems: string[] = []
  readonly #id: string
  readonly #gateway: LoneGateway
  readonly #secure: boolean
  readonly #random: Random
  #visitor: Visitor | null = null

  constructor(id: string, gateway: LoneGateway, secure: boolean, random: Random) {
    this.#id = id
    this.#gateway = gateway
    this.#secure = secure
    this.#random = random
  }

  async beBack(): Promise<void> {
    const end = performance.now() + GIVE_UP_MS
    for (let wait = FIRST_WAIT_MS; ; wait = Math.min(2 * wait, LONGEST_WAIT_MS)) {
      const visitor = await this.#enter()
      if (visitor !== null) {
        this.#visitor = visitor
        return
      }
      if (performance.now() > end) throw new Error(`${this.#id} was never let in`)
      await new Promise(resolve => setTimeout(resolve, wait * (0.5 + this.#random.next())))
    }
  }

  async lost(): Promise<void> {
    await this.#visitor?.until(() => this.#visitor?.closed === true)
  }

  async leave(): Promise<void> {
    await this.#visitor?.leave()
  }

  async #enter(): Promise<Visitor | null> {
    const { ca, port, tlsPort } = this.#gateway
    const login = { clientId: this.#id, username: this.#id, password: `pw-${this.#id}` }
    const visit = this.#secure ? { ...login, ca } : login
    const { visitor, answer } = await Visitor.come(this.#secure ? tlsPort : port, visit).catch(() => NOBODY)
    if (visitor === null) return null
    if (answer !== 0) {
      await visitor.vanish()
      return null
    }
    const own = `gw/v1/${this.#id}/down/`
    await visitor.subscribe(`${own}#`)
    await visitor.until(() => visitor.closed || visitor.received.some(({ topic }) => topic === `${own}config`))
    for (const { topic } of visitor.received) {
      if (!topic.startsWith(own)) this.problems.push(`${this.#id} received ${topic}`)
    }
    return visitor.closed ? null : visitor
  }
}

const NOBODY = { visitor: null, answer: 'closed' } as const
