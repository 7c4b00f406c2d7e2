import type { Effect } from '../../device-sim/devices/effects.ts'
import type { SimulatedDevice } from '../../device-sim/devices/simulated-device.ts'
import { Happenings } from '../support/happenings.ts'
import { Violation } from './proof.ts'

/**
 * What people in the shop have noticed. A **fact** names one effect at one device, such as `sound-1 says paid 25000`; each
 * has to come about exactly once. Devices leave out what they are told twice under one id, so a fact seen twice is an
 * effect that happened twice.
 */
export class Tally {
  readonly #seen = new Map<string, number>()
  readonly #inOrder: string[] = []
  readonly #happenings = new Happenings()

  watch(device: SimulatedDevice): void {
    device.events.on('effect', effect => {
      const fact = factOf(effect)
      if (fact !== null) this.#note(`${device.deviceId} ${fact}`)
    })
  }

  /** Facts of this device in the order they came about. */
  of(deviceId: string): readonly string[] {
    return this.#inOrder.filter(fact => fact.startsWith(`${deviceId} `)).map(fact => fact.slice(deviceId.length + 1))
  }

  has(fact: string): boolean {
    return this.#seen.has(fact)
  }

  /** Resolves when every fact has come about. @throws Violation that names those that are missing */
  async complete(facts: ReadonlySet<string>, milliseconds: number): Promise<void> {
    const missing = new Set([...facts].filter(fact => !this.#seen.has(fact)))
    const gone = (): boolean => {
      for (const fact of missing) if (this.#seen.has(fact)) missing.delete(fact)
      return missing.size === 0
    }
    await this.#happenings.until(gone, 'every effect', milliseconds).catch(() => {
      throw new Violation([...missing].map(fact => `missing after ${milliseconds} ms: ${fact}`))
    })
  }

  /** What came about more than once, and what is neither a fact nor `possible`. */
  wrong(facts: ReadonlySet<string>, possible: ReadonlySet<string>): string[] {
    const isBaseless = (fact: string): boolean => !facts.has(fact) && !possible.has(fact)
    const doubled = [...this.#seen].filter(([, times]) => times > 1).map(([fact, times]) => `${times} times: ${fact}`)
    const baseless = [...this.#seen.keys()].filter(isBaseless).map(fact => `without reason: ${fact}`)
    return [...doubled, ...baseless]
  }

  #note(fact: string): void {
    this.#seen.set(fact, (this.#seen.get(fact) ?? 0) + 1)
    this.#inOrder.push(fact)
    this.#happenings.happened()
  }
}

/** Screens of orders and of the link show what is true now and may show it again; the rest happens once. */
function factOf(effect: Effect): string | null {
  switch (effect.effect) {
    case 'speak':
      return `says ${effect.kind} ${'amount' in effect ? (effect.amount ?? '') : ''}`
    case 'call':
      return `calls ${effect.ticket}`
    case 'pulse':
      return `pulses ${effect.orderId}`
    case 'dispense':
      return `releases ${effect.orderId}`
    case 'screen':
      return effect.view === 'payment' ? `shows ${effect.referenceNumber}` : null
    case 'ack':
      return null
  }
}
