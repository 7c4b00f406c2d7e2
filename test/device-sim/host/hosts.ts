import type { Account } from '../../../device-sim/host/accounts.ts'
import { SimulatedHost, type SimulatedHostOptions } from '../../../device-sim/host/simulated-host.ts'

/** Two invented accounts, with a name that is stored in another case than answers write it. */
export const MMS: Account = { kind: 'mms', bankAccount: '1234567890', bankCode: 'MB', userBankName: 'Nguyen Van A' }
export const PLAIN: Account = { kind: 'plain', bankAccount: '1234567891', bankCode: 'MB', userBankName: 'TRAN THI B' }

/** 21 November 2024, 18:53:20 in Vietnam. */
export const MOMENT = Date.UTC(2024, 10, 21, 11, 53, 20)

type StartedHost = SimulatedHost & AsyncDisposable

/** A host with a broker of its own on a free port. */
export async function startHost(options: Partial<SimulatedHostOptions> = {}): Promise<StartedHost> {
  const host = new SimulatedHost({
    broker: { kind: 'embedded', port: 0 },
    accounts: [MMS, PLAIN],
    build: 5,
    faults: { storeDelay: 0 },
    seed: 1,
    now: () => MOMENT,
    ...options,
  })
  await host.start()
  return Object.assign(host, { [Symbol.asyncDispose]: () => host.stop() })
}

/** A request every build accepts, on a plain account unless changed. */
export function qrRequest(change: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    amount: 25000,
    content: 'GUID1',
    bankAccount: PLAIN.bankAccount,
    bankCode: 'MB',
    userBankName: 'NGUYEN VAN A',
    transType: 'C',
    orderId: 'GW0000000001',
    terminalCode: 'VVB123456',
    serviceCode: 'SVC001',
    additionalData: [{ additionalData1: 'GW0000000001' }],
    ...change,
  }
}
