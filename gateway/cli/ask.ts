import { findConfig, loadSettings } from '../config/load.ts'
import type { Settings } from '../config/schema.ts'
import { askGateway, GatewayStoppedError, NoGatewayError } from '../control/control-client.ts'
import { dataFiles } from '../data-dir.ts'
import type { Answers, Said } from './answers.ts'
import { type GlobalOptions, Output } from './output.ts'

/** How long a gateway that starts or stops, or another command, may keep the dataDir to itself. */
const PATIENCE_MS = 5_000
/** A command that waits for the lock hears nothing of the socket, so it waits for a short time only. */
const LOCK_WAIT_MS = 200

/**
 * Carries a command out: through the control socket of the running gateway, else on the ledger itself.
 * @param progress is told what a command says before its answer
 * @throws ConfigError, LockedError, CommandFailure and whatever else the command ends with
 */
export async function ask<Name extends keyof Answers>(
  globals: GlobalOptions,
  name: Name,
  args: object,
  progress: (said: Said<Name>) => void = () => {},
): Promise<Answers[Name]> {
  const settings = loadSettings(findConfig(globals.config, process.cwd()), process.env)
  // Both ends are this program; a gateway of another version that answers less shows as gaps in the text.
  const tell = (said: unknown): void => progress(said as Said<Name>)
  const locked = (): void => new Output(globals).note('the dataDir is in use by another process; waiting for it')
  return (await reach(settings, name, args, { tell, locked })) as Answers[Name]
}

interface Listener {
  tell(said: unknown): void
  /** Told once when there is something to wait for. */
  locked(): void
}

async function reach(settings: Settings, name: keyof Answers, args: object, listener: Listener): Promise<unknown> {
  const { controlSocket } = dataFiles(settings.dataDir)
  // In production not even the gateway is asked to simulate.
  const mayAsk = name !== 'simulate' || settings.host.environment === 'sandbox'
  const deadline = performance.now() + PATIENCE_MS
  for (let attempt = 0; ; attempt++) {
    try {
      if (mayAsk) return await askGateway(controlSocket, name, args, said => listener.tell(said))
    } catch (error) {
      // A question that changes nothing can be asked again, of the ledger itself.
      const again = isGone(error) && / (list|show|verify)$/.test(name)
      if (!again && !(error instanceof NoGatewayError)) throw error
    }
    // Loaded only here: with a gateway running, the database is never touched.
    const { runOffline } = await import('../control/offline.ts')
    try {
      return await runOffline(settings, name, args, LOCK_WAIT_MS)
    } catch (error) {
      if (!isLocked(error) || performance.now() > deadline) throw error
      if (attempt === 0) listener.locked()
    }
  }
}

function isGone(error: unknown): boolean {
  if (error instanceof GatewayStoppedError) return true
  return error instanceof Error && 'code' in error && error.code === 'ECONNRESET'
}

function isLocked(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'DATA_DIR_IN_USE'
}
