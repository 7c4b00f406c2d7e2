import type { LookupTransaction } from '../../protocol/local/down.ts'
import type { BoxKind } from '../../protocol/vietqr/box-kinds.ts'
import type { ApplyAnswer } from '../control/apply-commands.ts'
import type { BrokerExport } from '../control/broker-commands.ts'
import type { DeviceTest } from '../control/device-test.ts'
import type { PairProgress } from '../control/pairing-commands.ts'
import type { ConfirmAnswer, OpenedWindow, WindowView } from '../control/pairing-window-commands.ts'
import type { Provisioning } from '../control/provisioning.ts'
import type { Trace } from '../control/trace-command.ts'
import type {
  AuditView,
  DeadLetterView,
  DeviceDetails,
  DeviceView,
  OrderView,
  PaymentView,
  TerminalView,
} from '../control/views.ts'
import type { AuditReport } from '../ledger/audit-trail.ts'
import type { BackupReport } from '../ledger/ledger.ts'
import type { DeviceSettings } from '../ledger/model.ts'
import type { Reconciliation } from '../payments/reconciliation.ts'

/** What the commands of the gateway answer, by their names. */
export interface Answers {
  'terminals add': TerminalView
  'terminals list': readonly TerminalView[]
  'terminals show': TerminalView
  'terminals remove': { readonly terminalCode: string; readonly removed: true }
  'devices pair': Card
  'devices pair box': {
    readonly deviceId: string
    readonly kind: BoxKind
    readonly mac: string
    readonly terminalCode: string | null
    readonly bound: boolean
    /** While it is to be scanned. */
    readonly qrCertificate?: string | null
  }
  'devices rotate': Card
  'pairing open': OpenedWindow
  'pairing show': WindowView
  'pairing confirm': ConfirmAnswer
  'devices rename': ChangeAnswer
  'devices move': ChangeAnswer
  'devices disable': ChangeAnswer
  'devices enable': ChangeAnswer
  'devices test': DeviceTest
  'devices list': readonly DeviceRow[]
  'devices show': DeviceView & DeviceDetails
  'devices set': DeviceSettings & { readonly deviceId: string }
  'devices remove': { readonly deviceId: string; readonly removed: true } & Ended
  apply: ApplyAnswer
  'apply --dry-run': ApplyAnswer
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
  trace: Trace
  backup: BackupReport
  'broker export': BrokerExport
  'audit list': readonly AuditView[]
  'audit verify': AuditReport
  status: StatusAnswer
}

/** What commands that wait say before their answer; the others say what their answer says. */
export interface Progress {
  'devices pair': PairProgress<Card>
}
export type Said<Name extends keyof Answers> = Name extends keyof Progress ? Progress[Name] : Answers[Name]

/** Credentials, shown once. */
export type Card = Provisioning & { readonly deviceId: string; readonly kind: string; readonly terminalCode: string }

/** A line of `devices list`; only `view` is printed as JSON. */
export interface DeviceRow {
  readonly view: DeviceView
  readonly details: DeviceDetails
}

/** What ended with a change of a device. */
interface Ended {
  readonly deliveriesEnded: number
  readonly ordersEnded: readonly string[]
}
export type ChangeAnswer = DeviceView & Ended & { readonly changed: boolean }

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
