import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { describe, it } from 'node:test'
import type { Device, DeviceEvents, OrderWish } from '../../../device-sim/devices/device.ts'
import type { Effect } from '../../../device-sim/devices/effects.ts'
import { ControlServer } from '../../../device-sim/host/control.ts'
import { ControlClient, type PayWish } from '../../../device-sim/people/control-client.ts'
import { type Habit, Person, seeded } from '../../../device-sim/people/person.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { openHost } from './bank.ts'

/** A device that is only a screen, and a bank that only takes notes. */
function before(habit: Habit, seed = 7) {
  const clock = new ManualClock()
  const events = new EventEmitter<DeviceEvents>()
  const chosen: number[] = []
  const paid: [seconds: number, wish: PayWish][] = []
  const nothing = async (): Promise<void> => {}
  const device: Device = {
    kind: 'vending',
    deviceId: 'vending-1',
    events,
    online: true,
    powerOn: () => {},
    powerOff: nothing,
    stop: nothing,
    cancel: nothing,
    key: nothing,
    order: async ({ amount }: OrderWish) => {
      chosen.push(amount)
    },
  }
  const bank = {
    pay: async (wish: PayWish) => {
      paid.push([clock.monotonic() / 1_000, wish])
    },
  }
  const person = new Person({ habit, device, bank, clock, random: seeded(seed) })
  person.comes()
  const shows = (qrCode: string, amount = 25_000): void => {
    const order = { orderId: 'O', state: 'awaiting_payment', amount, received: 0, content: 'X', qrCode } as const
    const effect: Effect = { effect: 'screen', view: 'order', ...order, at: '' }
    events.emit('effect', effect)
  }
  return { clock, chosen, paid, person, shows }
}

describe('a customer', () => {
  it('who pays does so once, within eight seconds, however often the code is shown', async () => {
    const { clock, paid, shows } = before('pays')
    shows('QR')
    shows('QR')
    await clock.advance(2_999)
    assert.equal(paid.length, 0)
    await clock.advance(5_001)
    assert.deepEqual(
      paid.map(([, wish]) => wish),
      [{ qrCode: 'QR' }],
    )
  })

  it('who pays twice does so within three more seconds, always the same for one seed', async () => {
    const times = []
    for (const seed of [7, 7, 8]) {
      const { clock, paid, shows } = before('pays-twice', seed)
      shows('QR')
      await clock.advance(11_000)
      assert.deepEqual(
        paid.map(([, wish]) => wish),
        [{ qrCode: 'QR' }, { qrCode: 'QR' }],
      )
      times.push(paid.map(([seconds]) => seconds).join(' '))
    }
    assert.equal(times[0], times[1])
    assert.notEqual(times[1], times[2])
  })

  it('who is late pays 61 seconds after the code came', async () => {
    const { clock, paid, shows } = before('pays-late')
    shows('QR')
    await clock.advance(60_999)
    assert.equal(paid.length, 0)
    await clock.advance(1)
    assert.deepEqual(paid, [[61, { qrCode: 'QR' }]])
  })

  it('who pays less never pays all of it', async () => {
    for (let seed = 0; seed < 50; seed++) {
      const { clock, paid, shows } = before('pays-less', seed)
      shows('QR')
      await clock.advance(8_000)
      const amount = paid[0]?.[1].amount ?? 0
      assert.ok(amount >= 1 && amount < 25_000, `${amount}`)
    }
  })

  it('who leaves does not pay, nor one who went away in between', async () => {
    const leaver = before('leaves')
    leaver.shows('QR')
    const walker = before('pays')
    walker.shows('QR')
    walker.person.goes()
    await Promise.all([leaver.clock.advance(100_000), walker.clock.advance(100_000)])
    assert.deepEqual([leaver.paid, walker.paid], [[], []])
  })

  it('who presses another product pays what is on the screen in the end', async () => {
    const { clock, chosen, paid, person, shows } = before('presses-another')
    person.chooses({ amount: 10_000 }, { amount: 20_000 })
    assert.deepEqual(chosen, [10_000, 20_000])
    shows('FIRST')
    await clock.advance(1_000)
    shows('SECOND')
    await clock.advance(20_000)
    assert.deepEqual(
      paid.map(([, wish]) => wish),
      [{ qrCode: 'SECOND' }],
    )
  })
})

describe('the bank app', () => {
  it('pays codes and other money at the control port of a simulated host, and hears its refusals', async () => {
    const { host, qrCode, account } = await openHost()
    const control = new ControlServer(host, 0)
    const bank = new ControlClient(await control.start())
    assert.deepEqual(
      (await bank.openOrders()).map(order => order.qrCode),
      [qrCode],
    )
    await bank.pay({ qrCode })
    assert.deepEqual(await bank.openOrders(), [])
    await bank.payUnmatched({ bankAccount: account, amount: 1_000, content: 'tra no' })
    await assert.rejects(bank.pay({ qrCode: 'NO CODE' }), { name: 'ControlRefusedError', code: 'ORDER_UNKNOWN' })
    await control.stop()
    await assert.rejects(bank.openOrders(), { code: 'NO_CONTROL' })
    await host.stop()
  })
})
