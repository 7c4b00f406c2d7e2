import { chmodSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'

/** The files of one gateway, all in its dataDir. */
export interface DataFiles {
  readonly dataDir: string
  readonly database: string
  readonly controlSocket: string
  /** Holds the path of the folder an external broker reads its logins from. */
  readonly brokerExport: string
}

export function dataFiles(dataDir: string): DataFiles {
  return {
    dataDir,
    database: join(dataDir, 'gateway.db'),
    controlSocket: join(dataDir, 'control.sock'),
    brokerExport: join(dataDir, 'broker-export'),
  }
}

/** Makes the dataDir where it does not exist yet; only its owner may look inside. */
export function createDataDir(dataDir: string): void {
  const made = mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  // The umask may have taken bits away; a folder that was there already keeps the mode its owner gave it.
  if (made !== undefined) chmodSync(dataDir, 0o700)
}
