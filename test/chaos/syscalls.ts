import { join } from 'node:path'
import { parser } from 'mqtt-packet'
import { balanceChange } from '../integration/host-messages.ts'
import { freePort } from '../support/free-port.ts'
import { needsMosquittoAndStrace } from '../support/needs.ts'
import { Random } from '../support/random.ts'
import { damage } from './books.ts'
import { assertNone, type Counts, type Proof } from './proof.ts'
import { ChaosShop, SHOP } from './shop.ts'
import { bytesOf, readTrace, type SystemCall, type SystemCallReader, straceOf } from './trace.ts'

const READS = ['read', 'readv', 'recvfrom', 'recvmsg']
const WRITES = ['write', 'writev', 'sendto', 'sendmsg']
const DISK_WRITES = ['pwrite64', 'pwritev', ...WRITES]
const FLUSHES = ['fsync', 'fdatasync']
const REFERENCE = /SC\d{7}/g
const AT_ONCE = 100
const ALL_STORED_MS = 120_000

/**
 * What is on disk when the gateway acknowledges, seen from below: in the order of its system calls, no PUBACK may leave for
 * the host before a flush of the write-ahead log has ended that came after the payment was written to it.
 */
export const syscalls: Proof = {
  name: 'syscalls',
  needs: needsMosquittoAndStrace,
  async run({ seed, short }) {
    const random = new Random(seed)
    const payments = short ? 300 : 10_000
    const port = await freePort()
    // Without TLS, so that the packets can be read in the trace.
    await using shop = await ChaosShop.open({
      devices: [{ id: 'sound-1', kind: 'soundbox', terminal: SHOP }],
      settings: { host: { url: `mqtt://127.0.0.1:${port}`, allowInsecure: true } },
      hostBroker: `listener ${port} 127.0.0.1`,
    })
    const { world } = shop
    const file = join(world.folder, 'trace')
    await world.start('up', { under: straceOf([...READS, ...DISK_WRITES, ...FLUSHES], file) })
    for (let told = 0; told < payments; ) {
      const burst = Array.from({ length: Math.min(random.int(1, AT_ONCE), payments - told) }, () => {
        told += 1
        const referenceNumber = `SC${String(told).padStart(7, '0')}`
        return world.host.tellBalanceChange(
          SHOP.code,
          balanceChange({ bankAccount: SHOP.account, referenceNumber, amount: told }),
        )
      })
      await Promise.all(burst)
    }
    const last = `SC${String(payments).padStart(7, '0')}`
    await world.gateway.said(`"referenceNumber":"${last}"`, ALL_STORED_MS)
    await world.stop()
    const order = new OrderOfCalls(`->127.0.0.1:${port}]`)
    await readTrace(file, order)
    assertNone([...order.problems(payments), ...shop.read(damage)])
    return order.counts
  },
}

/** Follows one gateway through its trace, from the PUBLISH it reads to the PUBACK it writes. */
class OrderOfCalls implements SystemCallReader {
  readonly #host: string
  readonly #incoming = parser({ protocolVersion: 4 })
  readonly #outgoing = parser({ protocolVersion: 4 })
  /** The payment that was told last under each packet id. */
  readonly #told = new Map<number, string>()
  readonly #written = new Set<string>()
  readonly #onDisk = new Set<string>()
  readonly #acknowledged = new Set<string>()
  readonly #tooEarly: string[] = []
  #flushes = 0

  /** `host` is how the trace names the far end of the link. */
  constructor(host: string) {
    this.#host = host
    this.#incoming.on('packet', packet => {
      if (packet.cmd !== 'publish' || packet.messageId === undefined) return
      const [reference] = String(packet.payload).match(REFERENCE) ?? []
      if (reference !== undefined) this.#told.set(packet.messageId, reference)
    })
    this.#outgoing.on('packet', packet => {
      if (packet.cmd === 'puback' && packet.messageId !== undefined) this.#acknowledge(packet.messageId)
    })
  }

  began(call: SystemCall): void {
    if (call.target.endsWith('.db-wal')) {
      if (DISK_WRITES.includes(call.name)) for (const [found] of call.text.matchAll(REFERENCE)) this.#written.add(found)
    } else if (call.target.includes(this.#host) && WRITES.includes(call.name)) this.#outgoing.parse(bytesOf(call))
  }

  ended(call: SystemCall): void {
    if (call.target.endsWith('.db-wal')) {
      if (FLUSHES.includes(call.name) && call.text.endsWith('= 0')) this.#flushed()
    } else if (call.target.includes(this.#host) && READS.includes(call.name)) this.#incoming.parse(bytesOf(call))
  }

  get counts(): Counts {
    return { payments: this.#acknowledged.size, flushes: this.#flushes }
  }

  problems(payments: number): string[] {
    const seen = this.#acknowledged.size
    return [...this.#tooEarly, ...(seen === payments ? [] : [`${seen} of ${payments} payments were seen acknowledged`])]
  }

  #flushed(): void {
    this.#flushes += 1
    for (const reference of this.#written) this.#onDisk.add(reference)
    this.#written.clear()
  }

  #acknowledge(messageId: number): void {
    const reference = this.#told.get(messageId)
    if (reference === undefined) return
    this.#acknowledged.add(reference)
    if (!this.#onDisk.has(reference)) this.#tooEarly.push(`acknowledged before it was flushed: ${reference}`)
  }
}
