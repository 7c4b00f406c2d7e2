/** Says ahead of time which certificate will run out: nobody looks at one that works. */
import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from './clock.ts'
import type { Settings } from './config/schema.ts'

const DAY_MS = 86_400_000
const LOOK_MS = DAY_MS / 2
/** Days ahead at which people are told, each once in the life of the process; 0: it has run out. */
const STEPS = [0, 7, 30, 60]

export interface WatchedCertificate {
  /** The label of its metric. */
  readonly name: string
  readonly file: string
  readonly remedy: string
}

interface ExpiryOwner {
  /** Epoch milliseconds of its last moment. */
  lasts(name: string, until: number): void
  /** `days` is one of 60, 30, 7, or 0 when it has run out. */
  expiring(name: string, days: number, text: string): void
  trouble(error: unknown): void
}

export class CertificateExpiry {
  readonly #certificates: readonly WatchedCertificate[]
  readonly #clock: Clock
  readonly #owner: ExpiryOwner
  readonly #told = new Map<string, number>()
  #cancel: (() => void) | null = null

  constructor(certificates: readonly WatchedCertificate[], clock: Clock, owner: ExpiryOwner) {
    this.#certificates = certificates
    this.#clock = clock
    this.#owner = owner
  }

  /** Looks now, and twice a day. */
  async start(): Promise<void> {
    this.#cancel = this.#clock.after(LOOK_MS, () => {
      this.start().catch(error => this.#owner.trouble(error))
    })
    for (const certificate of this.#certificates) {
      try {
        await this.#look(certificate)
      } catch (error) {
        this.#owner.trouble(error)
      }
    }
  }

  stop(): void {
    this.#cancel?.()
  }

  async #look({ name, file, remedy }: WatchedCertificate): Promise<void> {
    const until = lastMoment(await readFile(file, 'utf8'))
    if (until === null) return
    this.#owner.lasts(name, until)
    const left = until - this.#clock.now()
    const step = STEPS.find(days => left <= days * DAY_MS)
    if (step === undefined) {
      // It was renewed, or the clock was wrong.
      this.#told.delete(name)
      return
    }
    if (step >= (this.#told.get(name) ?? Number.POSITIVE_INFINITY)) return
    this.#told.set(name, step)
    const day = new Date(until).toISOString().slice(0, 10)
    const when = step === 0 ? `ran out on ${day}` : `runs out on ${day}, in ${Math.ceil(left / DAY_MS)} days at most`
    this.#owner.expiring(name, step, `the certificate ${file} (${name}) ${when}: ${remedy}`)
  }
}

/** Of several certificates in one file the last to run out counts: the others may be there for the time before it. */
function lastMoment(text: string): number | null {
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? []
  const ends = blocks.map(block => new X509Certificate(block).validToDate.getTime())
  return ends.length === 0 ? null : Math.max(...ends)
}

/** Every certificate this configuration lives on. */
export function watchedCertificates({ broker, dataDir, host }: Settings): WatchedCertificate[] {
  const watched: WatchedCertificate[] = []
  if (broker.mode === 'embedded' && broker.listen.some(({ protocol }) => protocol === 'mqtts')) {
    const pki = join(dataDir, 'pki')
    const again = 'move the folder away, restart, and put the new ca.crt into every TLS device'
    watched.push(
      { name: 'broker_ca', file: join(pki, 'ca.crt'), remedy: again },
      {
        name: 'broker',
        file: join(pki, 'server.pem'),
        remedy: 'it should have been renewed, the log says why it was not',
      },
    )
  }
  if (host.caFile !== undefined) {
    watched.push({ name: 'host_ca', file: host.caFile, remedy: 'ask VietQR for the one that follows it' })
  }
  if (host.certFile !== undefined) {
    watched.push({ name: 'host_client', file: host.certFile, remedy: 'ask VietQR for the one that follows it' })
  }
  return watched
}
