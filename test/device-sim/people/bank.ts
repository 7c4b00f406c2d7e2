import { SimulatedHost } from '../../../device-sim/host/simulated-host.ts'
import { qrRequest } from '../host/hosts.ts'
import { Partner } from '../partner.ts'

const ACCOUNT = '9990000001'

/** A simulated host with one code that nobody has paid. */
export async function openHost() {
  const accounts = [{ kind: 'mms', bankAccount: ACCOUNT, bankCode: 'MB', userBankName: 'CONG TY MAU' }] as const
  const host = new SimulatedHost({ broker: { kind: 'embedded', port: 0 }, accounts, build: 5 })
  await host.start()
  await using partner = await Partner.connect(host.url, ['vietqr/response/+'])
  await partner.publish('vietqr/request/T1', qrRequest({ bankAccount: ACCOUNT, terminalCode: 'T1' }))
  const { qrCode } = JSON.parse((await partner.on('vietqr/response/T1')).text)
  return { host, qrCode: String(qrCode), account: ACCOUNT }
}
