import type { Clock } from '../../clock.ts'
import { type AuditTrail, ITSELF } from '../audit-trail.ts'
import type { BoxBook } from '../box-book.ts'
import type {
  BackupReport,
  CallBook,
  DeadLetterBook,
  DeliveryBook,
  Ledger,
  LedgerRules,
  OrderBook,
  PaymentBook,
} from '../ledger.ts'
import type { PairingBook } from '../pairing-book.ts'
import type { Registry } from '../registry-book.ts'
import { auditTrailOn } from './audit-trail.ts'
import { backUp } from './backup.ts'
import { Connection } from './connection.ts'
import { type Db, openDatabase, reopenDatabase } from './database.ts'
import { GroupCommit } from './group-commit.ts'
import { applyFleet } from './operations/apply-fleet.ts'
import { takeNews } from './operations/box-news.ts'
import * as boxes from './operations/boxes.ts'
import { changeDevice, removeDevice, rotateDevice } from './operations/change-device.ts'
import * as changes from './operations/change-order.ts'
import { addDeadLetter, listDeadLetters } from './operations/dead-letters.ts'
import { decideOrder } from './operations/decide-order.ts'
import * as deliveries from './operations/deliveries.ts'
import { openOrder, tellAsker } from './operations/open-order.ts'
import { findOrder } from './operations/order-rows.ts'
import { pairingOn } from './operations/pairing.ts'
import { pressKey } from './operations/press-key.ts'
import * as queries from './operations/queries.ts'
import * as registry from './operations/registry.ts'
import { takeLookupRow } from './operations/take-lookup-row.ts'
import { takeBalanceChange } from './operations/take-payment.ts'
import { telling } from './operations/tell-devices.ts'
import * as trace from './operations/trace.ts'
import { collected, pages } from './pages.ts'
import { keepRegistry } from './registry-cache.ts'
import type { RetentionAges } from './retention.ts'
import { Upkeep, type UpkeepOwner } from './upkeep.ts'

/** The ledger on SQLite: one file, one writer, one transaction for all that arrives together. */
export class SqliteLedger implements Ledger {
  readonly registry: Registry
  readonly orders: OrderBook
  readonly payments: PaymentBook
  readonly deliveries: DeliveryBook
  readonly calls: CallBook
  readonly boxes: BoxBook
  readonly deadLetters: DeadLetterBook
  readonly audit: AuditTrail
  readonly pairing: PairingBook
  readonly #file: string
  readonly #connection: Connection
  readonly #commits: GroupCommit
  readonly #closing = new AbortController()
  readonly #backups = new Set<Promise<unknown>>()

  /** `file` is where the database lies; `committed` is told how long each commit took, in seconds. */
  constructor(file: string, connection: Connection, rules: LedgerRules, committed: (seconds: number) => void) {
    this.#file = file
    this.#connection = connection
    this.#commits = new GroupCommit(connection, committed)
    const run: Run = work => this.#commits.run(work)
    this.registry = registryOn(run, rules)
    this.orders = ordersOn(run, rules)
    this.payments = paymentsOn(run, rules)
    this.deliveries = deliveriesOn(run, work => this.#commits.read(work), rules)
    this.calls = { press: (device, event, now) => run(db => pressKey(db, device, event, telling(now, rules.voice))) }
    this.boxes = boxesOn(run, rules)
    this.deadLetters = deadLettersOn(run)
    this.audit = auditTrailOn(run)
    this.pairing = pairingOn(run, rules.voice)
  }

  /** Opens or creates the database file. @throws what openDatabase throws */
  static open(file: string, rules: LedgerRules, committed: (seconds: number) => void = () => {}): SqliteLedger {
    const connection = new Connection(keepRegistry(openDatabase(file)), () => keepRegistry(reopenDatabase(file)))
    return new SqliteLedger(file, connection, rules, committed)
  }

  get trouble(): string | null {
    return this.#commits.trouble
  }

  /** What the database needs while it is in use for long; to be started, and stopped before the ledger is closed. */
  upkeep(clock: Clock, ages: RetentionAges, owner: UpkeepOwner): Upkeep {
    return new Upkeep(this.#file, this.#connection, this.#commits, clock, ages, owner)
  }

  async backup(file: string): Promise<BackupReport> {
    const backup = backUp(this.#connection.db, file, this.#closing.signal)
    this.#backups.add(backup)
    try {
      return await backup
    } finally {
      this.#backups.delete(backup)
    }
  }

  async close(): Promise<void> {
    this.#closing.abort()
    await Promise.allSettled(this.#backups)
    this.#commits.flush()
    this.#connection.close()
  }
}

type Run = <T>(work: (db: Db) => T) => Promise<T>

function registryOn(run: Run, { voice }: LedgerRules): Registry {
  const listeners = new Set<() => Promise<void>>()
  /** For whatever changes who may log in. */
  const changing: Run = async work => {
    const done = await run(work)
    await Promise.all([...listeners].map(listener => listener()))
    return done
  }
  return {
    addTerminal: (terminal, by = ITSELF) => run(db => registry.addTerminal(db, terminal, by)),
    terminal: code => run(db => registry.findTerminal(db, code)),
    terminals: () => run(registry.listTerminals),
    removeTerminal: (code, now, by = ITSELF) => run(db => registry.removeTerminal(db, code, now, by)),
    addDevice: (device, by = ITSELF) => changing(db => registry.addDevice(db, device, by)),
    device: id => run(db => registry.findDevice(db, id)),
    devices: () => run(registry.listDevices),
    changeDevice: (id, change, now, by = ITSELF) =>
      changing(db => changeDevice(db, id, change, by, telling(now, voice))),
    rotateDevice: (id, secret, now, by = ITSELF) => changing(db => rotateDevice(db, id, secret, now, by)),
    removeDevice: (id, now, by = ITSELF) => changing(db => removeDevice(db, id, by, telling(now, voice))),
    apply: (fleet, now, dryRun, by = ITSELF) => applyFleet(changing, fleet, dryRun, by, telling(now, voice)),
    logins: () => run(registry.listLogins),
    onLoginsChanged: listener => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    secretOf: id => run(db => registry.secretOf(db, id)),
    setDevice: (id, settings, now, by = ITSELF) => run(db => registry.setDevice(db, id, settings, now, by)),
    noteStatus: (id, status, now) => run(db => registry.noteStatus(db, id, status, now)),
  }
}

function ordersOn(run: Run, rules: LedgerRules): OrderBook {
  const { voice } = rules
  return {
    open: order => run(db => openOrder(db, order, telling(order.createdAt, voice))),
    refuse: (id, refusal) => run(db => changes.refuseRequest(db, id, refusal, telling(refusal.now, voice))),
    tellAgain: (id, now) => run(db => ({ told: tellAsker(db, id, telling(now, voice)) })),
    answer: (id, qr, raw) =>
      run(db => changes.answerOrder(db, id, qr, raw, telling(raw.receivedAt, voice, raw.receivedAt))),
    fail: (id, code, message, now) => run(db => changes.failOrder(db, id, code, message, telling(now, voice))),
    cancel: (id, byDevice, now) => run(db => changes.cancelOrder(db, id, byDevice, telling(now, voice))),
    expire: now => run(db => changes.expireOrders(db, telling(now, voice))),
    hold: (id, now) => run(db => changes.holdOrder(db, id, telling(now, voice))),
    decide: (id, decision, reason, now, by = ITSELF) =>
      run(db => decideOrder(db, id, decision, reason, now, by, rules)),
    unpaidSince: since => run(db => queries.unpaidOrders(db, since)),
    noteResult: (deviceId, result) => run(db => deliveries.noteResult(db, deviceId, result)),
    get: id => run(db => findOrder(db, id)),
    list: listing => collected(pages(run, queries.listOrders, listing)),
    pages: listing => pages(run, queries.listOrders, listing),
    forPeople: (listing, now) => run(db => queries.ordersForPeople(db, listing, now)),
    openOf: id => run(db => queries.openOrdersOf(db, id)),
    waitingForQr: code => run(db => queries.ordersWaitingForQr(db, code)),
    payable: closedAfter => run(db => queries.payableOrders(db, closedAfter)),
    unconfirmed: () => run(queries.unconfirmedOrders),
  }
}

function paymentsOn(run: Run, rules: LedgerRules): PaymentBook {
  return {
    takeBalanceChange: (code, notice, raw) => run(db => takeBalanceChange(db, code, notice, raw, rules)),
    takeLookupRow: (code, row, raw) => run(db => takeLookupRow(db, code, row, raw, rules)),
    dayTotals: since => run(db => queries.dayTotals(db, since)),
    find: reference => run(db => queries.paymentsNamed(db, reference)),
    ofOrder: orderId => run(db => trace.paymentsOfOrder(db, orderId)),
    list: listing => collected(pages(run, queries.listPayments, listing)),
    pages: listing => pages(run, queries.listPayments, listing),
    unconfirmed: () => run(queries.unconfirmedPayments),
  }
}

function deliveriesOn(run: Run, read: Run, { voice }: LedgerRules): DeliveryBook {
  return {
    open: (deviceId, limit, after = 0, leftOut) =>
      read(db => deliveries.openDeliveries(db, deviceId, limit, after, leftOut)),
    newest: () => read(trace.lastDelivery),
    freshen: (deviceId, now) => run(db => deliveries.freshen(db, deviceId, telling(now, voice))),
    noteSent: ({ seq }, now) => run(db => deliveries.noteSent(db, seq, now)),
    noteAcknowledgement: (deviceId, ack, now, known = null) =>
      run(db => deliveries.noteAcknowledgement(db, deviceId, ack, now, known)),
    end: (id, state, error, now) => run(db => deliveries.endDelivery(db, id, state, error, now)),
    tellPresentState: (deviceId, now) => run(db => deliveries.tellPresentState(db, deviceId, telling(now, voice))),
    tellTest: (deviceId, now) => run(db => deliveries.tellTestTo(db, deviceId, telling(now, voice))),
    ofOrder: orderId => run(db => trace.deliveriesOfOrder(db, orderId)),
    ofPayment: ({ paymentId, receivedAt }) => run(db => trace.deliveriesOfPayment(db, paymentId, receivedAt)),
    waiting: () => run(deliveries.devicesWithOpen),
    countPending: () => run(deliveries.countPending),
  }
}

function boxesOn(run: Run, { voice }: LedgerRules): BoxBook {
  return {
    register: (box, by = ITSELF) => run(db => boxes.registerBox(db, box, by)),
    ofMac: mac => run(db => boxes.boxOfMac(db, mac)),
    ofBoxId: boxId => run(db => boxes.boxOfBoxId(db, boxId)),
    of: deviceId => run(db => boxes.boxOfDevice(db, deviceId)),
    all: () => run(boxes.allBoxes),
    noteReply: (mac, reply) => run(db => boxes.noteReply(db, mac, reply)),
    bind: (boxId, bound, now) => run(db => boxes.bindBox(db, boxId, bound, now)),
    takeNews: (boxId, news, now) => run(db => takeNews(db, boxId, news, telling(now, voice))),
    noteToldBound: (mac, now) => run(db => boxes.noteToldBound(db, mac, now)),
    forget: (deviceId, now, by = ITSELF) => run(db => boxes.forgetBox(db, deviceId, now, by)),
    noteHostCleared: (mac, now) => run(db => boxes.noteHostCleared(db, mac, now)),
    noteRequest: (deviceId, request) => run(db => boxes.noteRequest(db, deviceId, request)),
    lastRequest: deviceId => run(db => boxes.lastRequest(db, deviceId)),
    orderParts: orderId => run(db => boxes.orderParts(db, orderId)),
    takeCash: report => run(db => boxes.takeCash(db, report)),
  }
}

function deadLettersOn(run: Run): DeadLetterBook {
  return {
    add: (reason, text, source, raw) => run(db => addDeadLetter(db, reason, text, source, raw)),
    list: listing => collected(pages(run, listDeadLetters, listing)),
    pages: listing => pages(run, listDeadLetters, listing),
  }
}
