import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createDataDir, dataFiles } from '../../gateway/data-dir.ts'
import { hashSecret } from '../../gateway/devices/credentials.ts'
import type { Registry } from '../../gateway/ledger/registry-book.ts'
import { SqliteLedger } from '../../gateway/ledger/sqlite/sqlite-ledger.ts'
import { bankAccount, END, terminalCode } from './payments.ts'

/** Who is registered besides the terminal of the end and its box. */
export interface ShopSize {
  readonly terminals: number
  /** Sound boxes, the first at the first terminal and so on. */
  readonly devices: number
}

export function deviceId(index: number): string {
  return `loa-${String(index).padStart(5, '0')}`
}

/** The box that hears the end of each burst. */
export const END_DEVICE = 'loa-cuoi'

export function password(id: string): string {
  return `bench-${id}`
}

/** A folder with a configuration and a ledger of its own, on the disk the temporary folder lies on. */
export class Shop implements Disposable {
  readonly folder: string
  readonly configFile: string
  readonly database: string

  private constructor(folder: string) {
    this.folder = folder
    this.configFile = join(folder, 'gateway.yaml')
    this.database = dataFiles(join(folder, 'data')).database
  }

  static async open(hostUrl: string, httpPort: number, size: ShopSize): Promise<Shop> {
    const shop = new Shop(mkdtempSync(join(tmpdir(), 'vietqr-bench-')))
    createDataDir(join(shop.folder, 'data'))
    const voice = { language: 'vi', region: 'north' } as const
    const ledger = SqliteLedger.open(shop.database, { confirm: 'release', lateGraceMs: 0, voice })
    await register(ledger.registry, size)
    await ledger.close()
    const lines = [
      'site: bench',
      'dataDir: ./data',
      `host: { url: "${hostUrl}", allowInsecure: true, environment: sandbox }`,
      'broker: { listen: [mqtt://127.0.0.1:0] }',
      `http: { listen: 127.0.0.1:${httpPort} }`,
    ]
    writeFileSync(shop.configFile, `${lines.join('\n')}\n`)
    return shop
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true })
  }
}

async function register(registry: Registry, { terminals, devices }: ShopSize): Promise<void> {
  const createdAt = Date.now()
  const addTerminal = (code: string, account: string): Promise<void> => {
    const bank = { bankCode: 'MB', bankAccount: account, holder: 'NGUYEN VAN MAU', serviceCode: null }
    return registry.addTerminal({ terminalCode: code, name: code, createdAt, ...bank })
  }
  const addBox = (id: string, code: string): Promise<void> => {
    const secretSha256 = hashSecret(password(id))
    const place = { terminalCode: code, counter: null, name: id }
    return registry.addDevice({ deviceId: id, kind: 'soundbox', ...place, secretSha256, createdAt })
  }
  await Promise.all([
    addTerminal(END, bankAccount(-1)),
    addBox(END_DEVICE, END),
    ...Array.from({ length: terminals }, (_, index) => addTerminal(terminalCode(index), bankAccount(index))),
    ...Array.from({ length: devices }, (_, index) => addBox(deviceId(index), terminalCode(index % terminals))),
  ])
}
