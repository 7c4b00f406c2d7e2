import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Effect } from '../../../device-sim/devices/effects.ts'
import { HostBroker } from '../../../device-sim/host/broker.ts'
import { Eg800ak } from '../../../device-sim/soundboxes/eg800ak.ts'
import type { Act, SoundboxFirmware } from '../../../device-sim/soundboxes/firmware.ts'
import { MoreFun } from '../../../device-sim/soundboxes/morefun.ts'
import { VendorSoundbox } from '../../../device-sim/soundboxes/vendor-soundbox.ts'
import { Happenings } from '../../support/happenings.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { Partner } from '../partner.ts'

const TOPIC = 'soundbox/SN1'

/** What a firmware does, in words. */
function does(firmware: SoundboxFirmware, message: unknown, topic = firmware.topics[0] ?? ''): string[] {
  const text = typeof message === 'string' ? message : JSON.stringify(message)
  return firmware.hear(topic, Buffer.from(text)).map(wordsOf)
}

function wordsOf(act: Act): string {
  if (act.act === 'publish') return act.payload
  if (act.act !== 'play') return act.act
  const { effect } = act
  if (effect.effect === 'speak') return `says ${effect.text}`
  return effect.effect === 'screen' ? `shows ${effect.view}` : effect.effect
}

describe('a MoreFun sound box', () => {
  const morefun = new MoreFun('SN1', 'KEY')
  const cases: readonly (readonly [string, object, readonly string[]])[] = [
    ['speaks hundredths', { broadcast_type: 1, money: '25000', request_id: 'R' }, ['says success 250']],
    ['twice what comes twice', { broadcast_type: 1, money: '25000', request_id: 'R' }, ['says success 250']],
    ['takes numbers and a point', { broadcast_type: 1, money: 1.23 }, ['says success 1 point 23']],
    ['has clips for seven digits', { broadcast_type: 1, money: '9999999.00' }, ['says success 9999999']],
    ['and no more', { broadcast_type: 1, money: '10000000.00' }, ['says success']],
    ['ignores no money', { broadcast_type: 1, money: '0' }, ['ignore']],
    ['ignores less', { broadcast_type: 10, money: '-5', ttstext: 'x' }, ['ignore']],
    ['speaks a text only with money', { broadcast_type: 10, ttstext: 'Đã nhận' }, ['ignore']],
    ['speaks a text', { broadcast_type: 10, money: '1', ttstext: 'Đã nhận' }, ['says Đã nhận']],
    ['of 255 bytes', { broadcast_type: 10, money: '1', ttstext: 'x'.repeat(255) }, [`says ${'x'.repeat(255)}`]],
    ['crashes at 256', { broadcast_type: 10, money: '1', ttstext: 'x'.repeat(256) }, ['crash']],
    ['opens its page', { broadcast_type: 11, money: '1' }, ['shows popup']],
    ['shows a code', { order_sn: 'x'.repeat(255), money: '1' }, ['shows qr']],
    ['and crashes at one of 256', { order_sn: 'x'.repeat(256), money: '1' }, ['crash']],
    ['asks its server', { tms_action: '1' }, ['ignore']],
  ]
  for (const [name, message, acts] of cases) it(name, () => assert.deepEqual(does(morefun, message), acts))

  it('listens on the topic of its build, and has its will on another than its greeting', () => {
    assert.deepEqual(morefun.topics, ['/ota/KEY/SN1/update'])
    assert.deepEqual(new MoreFun('SN1').topics, ['/ota/SN1/update'])
    assert.equal(morefun.will?.topic, '/ota/device/connection/SN1/state ')
    assert.deepEqual(morefun.hello(), [
      { act: 'publish', topic: '/ota/device/connection/SN1/state', payload: '1', qos: 0 },
    ])
  })
})

describe('an EG800AK sound box', () => {
  const ack = (id: string, status: string) => JSON.stringify({ type: 'payment_ack', tx_id: id, status })
  const cases: readonly (readonly [string, unknown, readonly string[]])[] = [
    [
      'acknowledges, then speaks',
      { tx_id: 'A', amount: '25000', provider: 'other' },
      [ack('A', 'accepted'), 'says received 25,000'],
    ],
    ['groups as in India', { txn_id: 'A', amount: '2500000.5' }, [ack('A', 'accepted'), 'says received 25,00,000.5']],
    ['stops at a comma', { transaction_id: 'A', amount: '25,000' }, [ack('A', 'accepted'), 'says received 25']],
    ['stops at a third place', { tx_id: 'A', amount: '25.000' }, [ack('A', 'accepted'), 'says received 25']],
    ['finds no number', { tx_id: 'A', amount: 25000 }, ['says error']],
    ['wants an id', { amount: '25000' }, ['says error']],
    ['prefers hundredths', { tx_id: 'A', amount: '1', amount_paise: 250 }, [ack('A', 'accepted'), 'says received 2.5']],
    [
      'speaks up to 999,999,999',
      { tx_id: 'A', amount: '999999999' },
      [ack('A', 'accepted'), 'says received 99,99,99,999'],
    ],
    ['and no more', { tx_id: 'A', amount: '1000000000' }, [ack('A', 'accepted'), 'says error']],
    [
      'finds what lies in its 511 bytes',
      `{"tx_id":"A","amount":"5"${' '.repeat(600)}}`,
      [ack('A', 'accepted'), 'says received 5'],
    ],
    ['not what lies beyond', `{"tx_id":"A",${' '.repeat(600)}"amount":"5"}`, ['says error']],
  ]
  for (const [name, message, acts] of cases) it(name, () => assert.deepEqual(does(new Eg800ak(TOPIC), message), acts))

  it('knows the last 32 ids by their first 39 characters, and none of the legacy form', () => {
    const eg800ak = new Eg800ak(TOPIC)
    const long = 'x'.repeat(39)
    assert.match(does(eg800ak, { tx_id: `${long}1`, amount: '1' }).join(), /accepted/)
    assert.deepEqual(does(eg800ak, { tx_id: `${long}2`, amount: '1' }), [ack(long, 'duplicate')])
    for (let i = 0; i < 31; i++) does(eg800ak, { tx_id: `T${i}`, amount: '1' })
    assert.match(does(eg800ak, { tx_id: long, amount: '1' }).join(), /duplicate/)
    does(eg800ak, { tx_id: 'T31', amount: '1' })
    assert.match(does(eg800ak, { tx_id: long, amount: '1' }).join(), /accepted/)
    assert.deepEqual(
      [does(eg800ak, '500#vi#other'), does(eg800ak, '500#vi#other')],
      [['says received 500'], ['says received 500']],
    )
  })

  it('answers a ping and rejects what wants a signature', () => {
    const eg800ak = new Eg800ak(TOPIC)
    const answer = (cmd: string) =>
      does(eg800ak, { cmd, request_id: 'R' }, `${TOPIC}/cmd`).map(text => JSON.parse(text).status)
    assert.deepEqual([answer('ping'), answer('set_volume')], [['ok'], ['rejected']])
    assert.throws(() => new Eg800ak('x'.repeat(96)), /95/)
  })

  it('on a broker: it says accepted before it plays, and loses the tenth of a burst although it is acknowledged', async () => {
    const clock = new ManualClock()
    const broker = new HostBroker({ port: 0 })
    const url = await broker.start()
    await using host = await Partner.connect(url, [`${TOPIC}/ack`])
    const box = new VendorSoundbox({
      firmware: new Eg800ak(TOPIC),
      url,
      deviceId: 'SN1',
      password: 'not-a-secret',
      clock,
    })
    const happenings = new Happenings()
    const effects: Effect[] = []
    const problems: string[] = []
    box.events.on('effect', effect => effects.push(effect))
    box.events.on('problem', problem => {
      problems.push(problem)
      happenings.happened()
    })
    box.events.on('reachable', () => happenings.happened())
    box.powerOn()
    await happenings.until(() => box.online, 'it can be told')
    for (let i = 0; i < 10; i++) await host.publish(TOPIC, { tx_id: `T${i}`, amount: '1' })
    await happenings.until(() => problems.length > 0, 'one is lost')
    await host.hear(({ text }) => text === ack('T8', 'accepted'), 'the last that had room')
    assert.deepEqual([effects.length, host.heard.length], [0, 9])
    await clock.advance(60_000)
    assert.equal(effects.length, 9)
    await box.stop()
    await broker.stop()
  })
})
