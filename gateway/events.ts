import { EventEmitter } from 'node:events'
import type { Acknowledgement } from '../protocol/local/up.ts'
import type { TakenPayment } from './ledger/ledger.ts'
import type { Box, Delivery, Order } from './ledger/model.ts'

/** What happens in the gateway, for those who watch: the command line, the sandbox, the metrics. Nothing depends on a listener. */
export class GatewayEvents extends EventEmitter<{
  order: [order: Order]
  payment: [taken: TakenPayment]
  delivered: [delivery: Delivery]
  /** A device has answered a message, whether that is a delivery or not. */
  answered: [deviceId: string, answer: Acknowledgement]
  box: [box: Box]
  link: [up: boolean, reason: string]
  presence: [deviceId: string, online: boolean]
  reachable: [deviceId: string]
}> {
  constructor() {
    super()
    // Every command that waits listens; a hundred of them is no leak.
    this.setMaxListeners(0)
  }
}
