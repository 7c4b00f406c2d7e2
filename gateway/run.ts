import { systemClock } from './clock.ts'
import type { Settings } from './config/schema.ts'
import type { Secrets } from './config/secrets.ts'
import { ControlServer } from './control/control-server.ts'
import { createDataDir, dataFiles } from './data-dir.ts'
import { Gateway } from './gateway.ts'
import { createMetrics } from './http/metrics.ts'
import { HttpServer } from './http/server.ts'
import { DataDirLock } from './ledger/sqlite/lock.ts'
import { SqliteLedger } from './ledger/sqlite/sqlite-ledger.ts'
import type { Log } from './log.ts'
import { ownMemory } from './spare-memory.ts'

/** A command that only reads may hold the dataDir for a moment. */
const LOCK_PATIENCE_MS = 1500

/** A gateway process: everything that is open while it runs. */
export interface RunningGateway {
  readonly gateway: Gateway
  readonly ledger: SqliteLedger
  /** Where health and metrics are answered. */
  readonly http: { readonly host: string; readonly port: number }
  stop(): Promise<void>
}

/**
 * Starts a gateway on its dataDir: lock, ledger and its upkeep, gateway, control socket, HTTP, in this order; `stop` closes them in
 * the other.
 * @throws LockedError, NewerDatabaseError, UpgradeError, DurabilityError, ListenError, HttpListenError, PkiError
 */
export async function runGateway(settings: Settings, secrets: Secrets, log: Log): Promise<RunningGateway> {
  createDataDir(settings.dataDir)
  const files = dataFiles(settings.dataDir)
  const open: (() => void | Promise<void>)[] = []
  const stop = async (): Promise<void> => {
    for (const close of open.splice(0).reverse()) await close()
  }
  try {
    const lock = DataDirLock.take(settings.dataDir, LOCK_PATIENCE_MS)
    open.push(() => lock.release())

    const live: { gateway?: Gateway; ledger?: SqliteLedger } = {}
    const metrics = createMetrics({
      hostConnected: () => live.gateway?.link.up ?? false,
      devicesOnline: () => live.gateway?.online.size ?? 0,
      deliveriesPending: () => live.ledger?.deliveries.countPending() ?? 0,
    })
    const { payments, voice } = settings
    const rules = { confirm: payments.confirm, lateGraceMs: payments.lateGrace, voice }
    const ledger = SqliteLedger.open(files.database, rules, seconds => metrics.commitSeconds.observe(seconds))
    live.ledger = ledger
    open.push(() => ledger.close())

    const gateway = await Gateway.create({ settings, secrets, ledger, metrics, log })
    live.gateway = gateway
    const upkeep = ledger.upkeep(systemClock, settings.retention, {
      troubleChanged: trouble => gateway.ledgerTrouble(trouble),
      failed: error => log.error({ err: error }, 'the upkeep of the ledger failed'),
    })
    open.push(() => upkeep.stop())
    upkeep.start()

    open.push(() => gateway.stop())
    await gateway.start()

    const control = new ControlServer(files.controlSocket, { settings, ledger, gateway }, log)
    open.push(() => control.stop())
    await control.start()

    const http = new HttpServer({
      listen: settings.http.listen,
      token: secrets.httpToken,
      names: [settings.broker.advertise],
      readiness: () => gateway.readiness(),
      metrics,
      log,
    })
    open.push(() => http.stop())
    await http.start()

    const memory = ownMemory(systemClock)
    open.push(() => memory?.stop())
    memory?.start()
    return { gateway, ledger, http: http.address() ?? settings.http.listen, stop }
  } catch (error) {
    await stop()
    throw error
  }
}
