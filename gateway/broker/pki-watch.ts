/**
 * Keeps what the TLS listener shows up to date while the gateway runs: twice a day the certificate is made again if it grows
 * old, and within seconds what changed on disk is read. Connections that are open keep what they were opened with; devices
 * that fail three handshakes stay away for minutes, so there is never a moment without a certificate.
 */
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../clock.ts'
import type { BrokerLog } from './device-links.ts'
import type { TlsMaterial } from './listeners.ts'
import { type Pki, PkiError } from './pki.ts'

const LOOK_MS = 10_000
const RENEW_MS = 12 * 3_600_000

interface PkiWatchParts {
  readonly dataDir: string
  /** What was read at the start. */
  readonly pki: Pki
  /** Reads the files, and makes what has to be made again. */
  readonly read: () => Promise<Pki>
  readonly clock: Clock
  readonly log: BrokerLog
}

export class PkiWatch {
  readonly #parts: PkiWatchParts
  #pki: Pki
  /** What the files looked like when they were last read; null: not known yet. */
  #seen: string | null = null
  #renewAt: number
  #complaint = ''
  #cancel: (() => void) | null = null

  constructor(parts: PkiWatchParts) {
    this.#parts = parts
    this.#pki = parts.pki
    this.#renewAt = parts.clock.monotonic() + RENEW_MS
  }

  /** From now on `renewed` is called with every new certificate. */
  start(renewed: (material: TlsMaterial) => void): void {
    this.#cancel = this.#parts.clock.after(LOOK_MS, () => {
      this.#look(renewed)
        .catch(error => this.#complain(error))
        .finally(() => {
          if (this.#cancel !== null) this.start(renewed)
        })
    })
  }

  stop(): void {
    this.#cancel?.()
    this.#cancel = null
  }

  async #look(renewed: (material: TlsMaterial) => void): Promise<void> {
    const { clock, log, read } = this.#parts
    const files = await this.#files()
    const due = clock.monotonic() >= this.#renewAt
    if (files === this.#seen && !due) return
    const pki = await read()
    if (pki.cert !== this.#pki.cert || pki.key !== this.#pki.key) {
      renewed(pki)
      log.info('the TLS listener shows a new certificate; open connections stay')
    }
    if (pki.caFingerprint !== this.#pki.caFingerprint) {
      log.warn(
        { caFingerprint: pki.caFingerprint },
        'the CA is another one: devices that trust the one before stay away',
      )
    }
    this.#pki = pki
    this.#seen = await this.#files()
    this.#complaint = ''
    if (due) this.#renewAt = clock.monotonic() + RENEW_MS
  }

  /** Changes whenever one of the files does. */
  async #files(): Promise<string> {
    const folder = join(this.#parts.dataDir, 'pki')
    // Reading would make a new CA where there is none, and every device of the shop would have to be paired again.
    const authority = await looks(join(folder, 'ca.pem'))
    if (authority === '') throw new PkiError(`${join(folder, 'ca.pem')} is gone: put it back from a backup`)
    return `${authority} ${await looks(join(folder, 'server.pem'))}`
  }

  /** Once for each reason, and again when it comes back. */
  #complain(error: unknown): void {
    const complaint = error instanceof Error ? error.message : String(error)
    if (complaint === this.#complaint) return
    this.#complaint = complaint
    this.#parts.log.warn(
      { err: error },
      'the certificate could not be read again, the TLS listener keeps the one it has',
    )
  }
}

async function looks(file: string): Promise<string> {
  try {
    const { mtimeMs, size, ino } = await stat(file)
    return `${mtimeMs}-${size}-${ino}`
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return ''
    throw error
  }
}
