import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from './free-port.ts'

/** How VietQR's boxes reach the gateway of a stage: one login and one key for all, plainly invented. */
export interface BoxAccess {
  readonly url: string
  readonly username: string
  readonly password: string
  /** What VietQR and its boxes share. As long as a real one, so that ids and certificates are as long as theirs. */
  readonly boxKey: string
}

/** Where the secrets of a stage lie, and its sections of gateway.yaml for boxes. */
interface PreparedAccess {
  readonly access: BoxAccess
  readonly host: { readonly boxKeyFile: string }
  readonly broker: { readonly vietqrBoxes: Readonly<Record<string, string>> }
}

const KEY = 'STAGEKEY-NOT-REAL1'

/** Writes the secrets into the folder of gateway.yaml. The listener is of the boxes' own, and keeps its port for ever. */
export async function prepareBoxAccess(folder: string): Promise<PreparedAccess> {
  const access = {
    url: `mqtt://127.0.0.1:${await freePort()}`,
    username: 'box',
    password: randomBytes(18).toString('base64url'),
    boxKey: KEY,
  }
  writeFileSync(join(folder, 'box-key'), KEY, { mode: 0o600 })
  writeFileSync(join(folder, 'box-password'), access.password, { mode: 0o600 })
  const vietqrBoxes = { listen: access.url, username: access.username, passwordFile: './box-password' }
  return { access, host: { boxKeyFile: './box-key' }, broker: { vietqrBoxes } }
}
