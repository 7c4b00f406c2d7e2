import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import type { Settings } from '../config/schema.ts'

type Reload = Settings['broker']['reload']

/** Mosquitto could not be made to read its files again. */
export class ReloadError extends Error {
  override readonly name = 'ReloadError'
  readonly code = 'BROKER_RELOAD'
}

const PATIENCE_MS = 10_000

/**
 * Has Mosquitto read its password and access files again (`broker.reload`). It then also ends the connections of everybody whose
 * login is no longer right.
 * @returns false where nothing is configured: a person has to do it
 * @throws ReloadError
 */
export async function reloadMosquitto({ pidFile, command }: Reload): Promise<boolean> {
  if (pidFile !== undefined) await hangUp(pidFile)
  else if (command !== undefined) await run(command)
  else return false
  return true
}

async function hangUp(pidFile: string): Promise<void> {
  let text: string
  try {
    text = await readFile(pidFile, 'utf8')
  } catch (cause) {
    const right = 'is Mosquitto running, with pid_file in its configuration?'
    throw new ReloadError(`broker.reload.pidFile cannot be read (${codeOf(cause)}); ${right}`, { cause })
  }
  const pid = /^\s*([1-9]\d{0,9})\s*$/.exec(text)?.[1]
  if (pid === undefined || pid === '1' || Number(pid) === process.pid) {
    throw new ReloadError('broker.reload.pidFile does not hold the process id of Mosquitto; name its pid_file')
  }
  try {
    process.kill(Number(pid), 'SIGHUP')
  } catch (cause) {
    const right =
      codeOf(cause) === 'EPERM' ? 'use broker.reload.command with a rule of sudo' : 'is Mosquitto still running?'
    throw new ReloadError(`process ${pid} of broker.reload.pidFile took no SIGHUP (${codeOf(cause)}); ${right}`, {
      cause,
    })
  }
}

async function run(command: string): Promise<void> {
  const child = spawn(command, { shell: true, stdio: 'ignore', timeout: PATIENCE_MS })
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  child.once('error', reject)
  child.once('exit', (code, signal) => resolve(code === 0 ? '' : `ended with ${signal ?? code}`))
  const wrong = await promise
  if (wrong !== '') throw new ReloadError(`broker.reload.command ${wrong}; try it by hand as the user of the gateway`)
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error)
}
