import { publishPacket, type Wire } from './wire.ts'

/** What the load says: balance changes as VietQR's server writes them, without an order, each with a reference of its own. */

/** The last payment of each burst is for this place: whoever hears it has taken all before it. */
export const END = 'BENCHEND'

/** Amounts name the payments: every sum on its way to a device tells which one it is. */
const FIRST_AMOUNT = 10_000

export function terminalCode(index: number): string {
  return `BENCH${String(index).padStart(5, '0')}`
}

/** The account of a terminal; `index` -1 is the end's. */
export function bankAccount(index: number): string {
  return `99${String(index + 1).padStart(8, '0')}`
}

export function topicOf(terminal: string): string {
  return `vietqr/bdsd/${terminal}`
}

/** Which payment of its burst a device is told of. */
export function numberOf(amount: number): number {
  return amount - FIRST_AMOUNT
}

let bursts = 0

/** Packets of `count` payments over `terminals` terminals, and one for the end. */
export function burst(count: number, terminals: number): Buffer {
  const run = nextRun()
  const packets = Array.from({ length: count }, (_, number) => payment(run, number, number % terminals))
  return Buffer.concat([...packets, payment(run, count, -1)])
}

/** Publishes `count` payments, `perSecond` a second; resolves with the monotonic nanoseconds each was written at. */
export async function paced(wire: Wire, count: number, terminals: number, perSecond: number): Promise<bigint[]> {
  const run = nextRun()
  const written: bigint[] = []
  const started = performance.now()
  for (let number = 0; number < count; number += 1) {
    const wait = started + (number * 1000) / perSecond - performance.now()
    if (wait > 0) await new Promise(resolve => setTimeout(resolve, wait))
    const packet = payment(run, number, number % terminals)
    written.push(process.hrtime.bigint())
    wire.write(packet)
  }
  return written
}

function nextRun(): string {
  bursts += 1
  return `FT${process.pid}-${bursts}`
}

function payment(run: string, number: number, terminal: number): Buffer {
  const code = terminal < 0 ? END : terminalCode(terminal)
  const message = {
    bankAccount: bankAccount(terminal),
    amount: FIRST_AMOUNT + number,
    transType: 'C',
    content: `khach hang chuyen tien ${number}`,
    referenceNumber: `${run}-${String(number).padStart(6, '0')}`,
    timePaid: 1_700_000_000_000 + number,
    orderId: '',
    terminalCode: code,
    status: 1,
  }
  return publishPacket(topicOf(code), JSON.stringify(message), number)
}
