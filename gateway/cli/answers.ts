import type { LookupTransaction } from '../../protocol/local/down.ts'
import type { BrokerExport } from '../control/broker-commands.ts'
import type { Provisioning } from '../control/provisioning.ts'
import type { DeadLetterView, DeviceView, OrderView, PaymentView, TerminalView } from '../control/views.ts'
import type { BackupReport } from '../ledger/ledger.ts'
import type { DeviceSettings } from '../ledger/model.ts'
import type { Reconciliation } from '../payments/reconciliation.ts'

/** What the commands of the gateway answer, by their names. */
export interface Answers {
  'terminals add': TerminalView
  'terminals list': readonly TerminalView[]
  'terminals show': TerminalView
  'terminals remove': { readonly terminalCode: string; readonly removed: true }
  'devices pair': Provisioning & { readonly deviceId: string; readonly kind: string; readonly terminalCode: string }
  'devices list': readonly DeviceView[]
  'devices show': DeviceView
  'devices set': DeviceSettings & { readonly deviceId: string }
  'devices remove': { readonly deviceId: string; readonly removed: true }
  'orders create': OrderView
  'orders list': readonly OrderView[]
  'orders show': OrderView
  'orders cancel': OrderView
  'orders resolve': OrderView
  reconcile: ReconcileAnswer
  'payments list': readonly PaymentView[]
  'payments show': PaymentView
  'dead-letters list': readonly DeadLetterView[]
  lookup: { readonly status: 'ok'; readonly transactions: readonly LookupTransaction[] }
  simulate: OrderView
  backup: BackupReport
  'broker export': BrokerExport
  status: StatusAnswer
}

/** What reconciling found; times as ISO 8601. */
export type ReconcileAnswer = Omit<Reconciliation, 'since'> & { readonly since: string }

export interface StatusAnswer {
  readonly site: string
  readonly ready: boolean
  readonly reasons: readonly string[]
  readonly host: {
    readonly url: string
    readonly environment: string
    readonly state: 'up' | 'down'
    readonly since: string
    readonly reason?: string
  }
  readonly broker: readonly string[]
  readonly terminals: number
  readonly devices: { readonly registered: number; readonly online: number }
  readonly deliveriesPending: number
  /** Orders that wait for a person. */
  readonly attention: number
  readonly lastPayment: PaymentView | null
}
