import { type BusAddress, type DeviceBus, NotReachableError } from '../../../gateway/broker/device-bus.ts'
import type { Random } from '../../support/random.ts'

/** What a device does with a message: it may have its effect and keep quiet, or be heard late. */
export const REACTIONS = ['done', 'received and done', 'received', 'silent', 'busy', 'failed'] as const
type Reaction = (typeof REACTIONS)[number]

export interface Heard {
  readonly deviceId: string
  readonly path: string
  readonly id: string
  readonly message: Readonly<Record<string, unknown>>
}

type AckStatus = 'received' | 'done' | 'duplicate' | 'busy' | 'failed'

/** How many ids a device remembers. */
const MEMORY = 32

/** The devices of a story with the bus to them. Each remembers what it was told and has every effect once. */
export class StoryDevices implements DeviceBus {
  /** Effects in the order they came about. */
  readonly effects: Heard[] = []
  /** Everything that was sent, repeats too. */
  readonly sent: Heard[] = []
  /** Called with each message as it leaves the gateway. */
  leaving: (heard: Heard) => void = () => {}
  /** Called with what a device answers. */
  answered: (deviceId: string, id: string, status: AckStatus) => void = () => {}
  /** From now on everything is answered `done`. */
  calm = false
  readonly #random: Random
  readonly #here = new Set<string>()
  readonly #memories = new Map<string, string[]>()

  constructor(random: Random) {
    this.#random = random
  }

  comes(deviceId: string): void {
    this.#here.add(deviceId)
  }

  goes(deviceId: string): void {
    this.#here.delete(deviceId)
  }

  async start(): Promise<void> {}
  async stop(): Promise<void> {}
  disconnect(): void {}

  addresses(): readonly BusAddress[] {
    return []
  }

  reaches(deviceId: string): boolean {
    return this.#here.has(deviceId)
  }

  online(deviceId: string): boolean {
    return this.#here.has(deviceId)
  }

  async send(deviceId: string, path: string, payload: string): Promise<void> {
    if (!this.#here.has(deviceId)) throw new NotReachableError(deviceId, path)
    const message: Record<string, unknown> = JSON.parse(payload)
    const heard: Heard = { deviceId, path, id: String(message.id), message }
    this.sent.push(heard)
    this.leaving(heard)
    this.#react(heard)
  }

  #react(heard: Heard): void {
    const { deviceId, id } = heard
    const memory = this.#memories.get(deviceId) ?? []
    this.#memories.set(deviceId, memory)
    const reaction: Reaction = this.calm ? 'done' : this.#random.pick(REACTIONS)
    if (memory.includes(id)) {
      if (reaction !== 'silent') this.answered(deviceId, id, 'duplicate')
      return
    }
    if (reaction === 'busy' || reaction === 'failed') {
      this.answered(deviceId, id, reaction)
      return
    }
    memory.push(id)
    if (memory.length > MEMORY) memory.shift()
    this.effects.push(heard)
    if (reaction === 'received' || reaction === 'received and done') this.answered(deviceId, id, 'received')
    if (reaction === 'done' || reaction === 'received and done') this.answered(deviceId, id, 'done')
  }
}
