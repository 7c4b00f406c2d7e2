import { ANSWER_PATH } from '../../protocol/local/pairing.ts'
import { type DeviceBus, NotReachableError } from '../broker/device-bus.ts'
import type { PairingWindow } from '../ledger/pairing-book.ts'
import type { NewDevice } from '../ledger/registry-book.ts'

export const CONTESTED = 'two devices have asked with this code: nobody is paired'

/** What a technician's word leads to. */
export type Confirmed =
  | { readonly outcome: 'unknown' | 'nobody' | 'used' | 'expired' | 'tries' }
  | { readonly outcome: 'contested' | 'other-serial' | 'confirmed-already'; readonly window: PairingWindow }
  | { readonly outcome: 'confirmed'; readonly window: PairingWindow; readonly deviceId: string; readonly until: number }

/** The device as the technician wants it, and what it is told. */
export interface Granted {
  readonly device: NewDevice
  readonly card: object
}

/** What those who ask for credentials are told, if they listen; who does not is told when it does. */
export class PairingAnswers {
  readonly #bus: () => DeviceBus

  constructor(bus: () => DeviceBus) {
    this.#bus = bus
  }

  refuse(asker: string, message: string, code = 'NOT_ALLOWED'): Promise<void> {
    return this.say(asker, { state: 'refused', error: { code, message } })
  }

  say(asker: string, message: object): Promise<void> {
    return this.put(asker, JSON.stringify(message))
  }

  async put(asker: string, text: string): Promise<void> {
    try {
      await this.#bus().send(asker, ANSWER_PATH, text)
    } catch (error) {
      if (!(error instanceof NotReachableError)) throw error
    }
  }
}
