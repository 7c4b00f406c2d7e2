import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe, it } from 'node:test'
import { SimulatedHost } from '../../../device-sim/host/simulated-host.ts'
import { makeAuthority } from '../../support/certificates.ts'
import { startMosquitto } from '../../support/mosquitto.ts'
import { needsMosquitto } from '../../support/needs.ts'
import { Partner } from '../partner.ts'
import { ControlClient } from './control-client.ts'
import { MMS, PLAIN, qrRequest } from './hosts.ts'

const LOGIN = { username: 'vietqr', password: 'not-a-secret' }

describe('a host at a Mosquitto', { skip: needsMosquitto() }, () => {
  it('with TLS and a login answers, pays, stays away and does retained requests again', async () => {
    const authority = await makeAuthority()
    const { cert, key } = await authority.issue({ names: ['localhost', '127.0.0.1'] })
    await using broker = await startMosquitto({ tls: { cert, key }, passwords: { [LOGIN.username]: LOGIN.password } })
    const host = new SimulatedHost({
      broker: { kind: 'attached', url: broker.url, ca: authority.ca, ...LOGIN },
      accounts: [MMS, PLAIN],
      build: 5,
    })
    await host.start()
    try {
      await using control = await ControlClient.open(host)
      await using partner = await Partner.connect(broker.url, ['vietqr/response/#', 'vietqr/bdsd/#'], {
        ca: authority.ca,
        ...LOGIN,
      })
      await partner.publish('vietqr/request/T1', qrRequest({ bankAccount: MMS.bankAccount, terminalCode: 'T1' }), true)
      await partner.on('vietqr/response/T1')
      assert.equal((await control.post('/pay', { orderId: 'GW0000000001' })).status, 200)
      await partner.on('vietqr/bdsd/T1')
      partner.forget()
      const cut = await control.post('/disconnect', { who: 'partners' })
      assert.equal(cut.status, 409)
      const back = once(host.events, 'connected')
      await control.post('/disconnect', { who: 'host' })
      await back
      await partner.on('vietqr/response/T1')
      assert.equal(host.orders().length, 2)
    } finally {
      await host.stop()
    }
  })

  it('is refused in words with a wrong password or an unknown authority', async () => {
    const authority = await makeAuthority()
    const { cert, key } = await authority.issue({ names: ['localhost', '127.0.0.1'] })
    await using broker = await startMosquitto({ tls: { cert, key }, passwords: { [LOGIN.username]: LOGIN.password } })
    const start = (more: { readonly ca?: string; readonly password?: string }) =>
      new SimulatedHost({
        broker: { kind: 'attached', url: broker.url, ca: authority.ca, ...LOGIN, ...more },
        accounts: [MMS],
        build: 5,
      }).start()
    await assert.rejects(start({ password: 'wrong' }), /Not authorized|password/)
    await assert.rejects(start({ ca: (await makeAuthority()).ca }), /certificate|issuer/)
  })
})
