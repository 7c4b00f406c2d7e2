import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type DeviceBus, NotReachableError } from '../../../gateway/broker/device-bus.ts'
import { newCredentials, secretFits } from '../../../gateway/devices/credentials.ts'
import { CLAIM_MS, PairingDesk, TRIES } from '../../../gateway/devices/pairing-desk.ts'
import { OF_ALL, OF_ONE_ADDRESS, PairingLimits } from '../../../gateway/devices/pairing-limits.ts'
import type { Actor } from '../../../gateway/ledger/audit-trail.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { openShop, type Shop, T0, TERMINAL } from '../../support/shop.ts'

const AN: Actor = { who: 'an', via: 'gateway' }
const ASKER = 'pair/box-0001-abc'
const OTHER = 'pair/box-0002-def'
const REQUEST = Buffer.from('{"serial":"SN-0001","kind":"soundbox"}')
const QUIET = { info: () => undefined, warn: () => undefined, error: () => undefined }

/** A bus that reaches everybody who listens, and keeps what they are told. */
class Bus implements DeviceBus {
  readonly told: { readonly id: string; readonly text: string }[] = []
  readonly listening = new Set<string>()
  start = async (): Promise<void> => undefined
  stop = async (): Promise<void> => undefined
  addresses = (): [] => []
  reaches = (id: string): boolean => this.listening.has(id)
  online = (): boolean => false
  disconnect = (id: string): void => {
    this.listening.delete(id)
  }
  async send(id: string, path: string, text: string): Promise<void> {
    if (!this.listening.has(id)) throw new NotReachableError(id, path)
    this.told.push({ id, text })
  }
  last(id: string): Record<string, unknown> {
    return JSON.parse(this.told.filter(each => each.id === id).at(-1)?.text ?? '{}')
  }
}

/** A pairing desk that may crash at any moment: the next one knows what is on disk, and nothing else. */
class Scene {
  readonly clock = new ManualClock(T0)
  readonly shop: Shop
  readonly undone: string[] = []
  bus = new Bus()
  desk: PairingDesk

  constructor(shop: Shop) {
    this.shop = shop
    this.desk = this.#make()
  }

  #make(): PairingDesk {
    const { bus, clock, undone } = this
    return new PairingDesk({
      ledger: this.shop.ledger,
      clock,
      log: QUIET,
      bus: () => bus,
      undone: id => undone.push(id),
    })
  }

  async crash(): Promise<void> {
    this.desk.stop()
    await this.shop.reopen()
    this.bus = new Bus()
    this.desk = this.#make()
    await this.desk.start()
  }

  open(forMs = 120_000): Promise<{ code: string }> {
    return this.desk.open(forMs, TERMINAL, AN)
  }

  login(code: string, asker = ASKER, address = '192.0.2.1'): Promise<boolean> {
    return this.desk.admit(asker, Buffer.from(code), address)
  }

  /** Comes in with the code and listens. */
  async enter(code: string, asker = ASKER): Promise<void> {
    assert.equal(await this.login(code, asker), true)
    this.desk.presence(asker, true)
    this.bus.listening.add(asker)
    await this.desk.listens(asker)
  }

  async ask(code: string, asker = ASKER, request = REQUEST): Promise<void> {
    await this.enter(code, asker)
    await this.desk.hear(asker, 'up/request', request)
  }

  confirm(code: string, serial?: string, deviceId = 'loa-1') {
    return this.desk.confirm(
      code,
      serial,
      async () => {
        const { password, stored } = newCredentials()
        const named = { deviceId, kind: 'soundbox' as const, terminalCode: TERMINAL }
        const device = { ...named, name: deviceId, counter: null, ...stored, createdAt: this.clock.now() }
        return { device, card: { ...named, password } }
      },
      AN,
    )
  }

  /** Lets what timers began come to its end. */
  async pass(ms: number): Promise<void> {
    await this.clock.advance(ms)
    await this.desk.look()
  }

  async fits(password: unknown): Promise<boolean> {
    return secretFits(Buffer.from(String(password)), await this.shop.ledger.registry.secretOf('loa-1'))
  }

  async audited(): Promise<readonly string[]> {
    const entries = await this.shop.ledger.audit.list({ limit: -1 })
    return entries.map(({ action }) => action).reverse()
  }
}

const wrong = (code: string): string => (code === '00000000' ? '11111111' : '00000000')

test('a device that asks with the code gets its credentials when it is confirmed; each step is in the audit trail', async () => {
  await using shop = await openShop()
  const scene = new Scene(shop)
  assert.equal(await scene.login('12345678'), false, 'no window is open')
  const { code } = await scene.open()
  assert.match(code, /^\d{8}$/)
  assert.equal((await scene.confirm(code)).outcome, 'nobody')
  await scene.ask(`${code.slice(0, 4)} ${code.slice(4)}`)
  assert.deepEqual(scene.bus.last(ASKER), { state: 'waiting', ttl: 120 })
  const before = await scene.audited()
  assert.equal((await scene.confirm(wrong(code))).outcome, 'unknown')
  assert.equal((await scene.confirm(code, 'SN-0009')).outcome, 'other-serial')
  assert.equal(await shop.ledger.registry.device('loa-1'), null)
  assert.equal((await scene.confirm(code, 'SN-0001')).outcome, 'confirmed')
  const { state, password } = scene.bus.last(ASKER)
  assert.equal(state, 'paired')
  assert.equal(await scene.fits(password), true)
  scene.desk.arrived('loa-1')
  assert.equal(await scene.desk.look(), null)
  assert.equal((await scene.confirm(code)).outcome, 'used')
  assert.equal(await scene.login(code), false, 'one use')
  assert.deepEqual(before.slice(-2), ['pairing open', 'pairing ask'])
  assert.deepEqual((await scene.audited()).slice(before.length), ['devices pair', 'pairing confirm', 'pairing close'])
  assert.equal((await shop.ledger.audit.verify()).broken, null)
  assert.ok(!JSON.stringify(await shop.ledger.audit.list({ limit: -1 })).includes(code))
})

test('after a crash between any two steps the next process goes on with the same code, and repeats the same credentials', async () => {
  await using shop = await openShop()
  const scene = new Scene(shop)
  const { code } = await scene.open()
  await scene.crash()
  await scene.enter(code)
  await scene.crash()
  await scene.ask(code)
  await scene.crash()
  assert.equal((await scene.confirm(code)).outcome, 'confirmed', 'also while the device is away')
  await scene.crash()
  await scene.enter(code)
  const { password } = scene.bus.last(ASKER)
  await scene.crash()
  await scene.enter(code)
  assert.equal(scene.bus.last(ASKER).password, password)
  assert.equal(await scene.fits(password), true)
  assert.equal(await scene.login(code, OTHER), false, 'the answer is for who asked, alone')
  await scene.crash()
  scene.desk.arrived('loa-1')
  await scene.desk.look()
  await scene.crash()
  assert.equal(await scene.login(code), false)
  assert.notEqual(await shop.ledger.registry.device('loa-1'), null)
})

test('a window lasts as long as was said, and not a moment longer; a crash does not lengthen it', async () => {
  await using shop = await openShop()
  const scene = new Scene(shop)
  const { code } = await scene.open()
  await scene.ask(code)
  await scene.pass(119_999)
  assert.equal((await scene.desk.look())?.state, 'asked')
  await scene.crash()
  assert.equal((await scene.desk.look())?.state, 'asked')
  await scene.pass(1)
  assert.equal(await scene.desk.look(), null)
  assert.equal(await scene.login(code), false)
  assert.equal((await scene.confirm(code)).outcome, 'expired')
  const { code: next } = await scene.open()
  scene.clock.jump(-60_000)
  assert.equal((await scene.desk.look())?.state, 'open', 'a clock that is put back changes nothing')
  await scene.crash()
  assert.equal(await scene.login(next), false, 'but then nobody knows any more how old the window is')
})

test('a confirmed device that never comes is not paired; one that was heard is', async () => {
  await using shop = await openShop()
  const scene = new Scene(shop)
  const { code } = await scene.open()
  await scene.ask(code)
  await scene.confirm(code)
  await assert.rejects(scene.open(), /loa-1 was confirmed and has not connected yet/)
  await scene.pass(CLAIM_MS - 1)
  assert.notEqual(await shop.ledger.registry.device('loa-1'), null)
  await scene.pass(1)
  assert.equal(await shop.ledger.registry.device('loa-1'), null)
  assert.deepEqual(scene.undone, ['loa-1'])
  assert.deepEqual((await scene.audited()).slice(-2), ['devices remove', 'pairing close'])

  const { code: next } = await scene.open()
  await scene.ask(next)
  await scene.confirm(next)
  await shop.ledger.registry.noteStatus('loa-1', null, scene.clock.now())
  await scene.crash()
  await scene.pass(CLAIM_MS)
  assert.notEqual(await shop.ledger.registry.device('loa-1'), null)
  assert.deepEqual(scene.undone, ['loa-1'])
})

test('two that ask with one code: nobody can be confirmed, and both are told', async () => {
  await using shop = await openShop()
  const scene = new Scene(shop)
  const { code } = await scene.open()
  await scene.ask(code)
  await scene.ask(code, OTHER, Buffer.from('{"serial":"SN-0002","kind":"pos"}'))
  for (const id of [ASKER, OTHER]) assert.equal(scene.bus.last(id).state, 'refused')
  await scene.crash()
  const confirmed = await scene.confirm(code)
  assert.ok(confirmed.outcome === 'contested')
  assert.deepEqual([confirmed.window.asker?.serial, confirmed.window.rival?.serial], ['SN-0001', 'SN-0002'])
  assert.equal(await scene.login(code), false)
  assert.equal(await shop.ledger.registry.device('loa-1'), null)
})

test('who asks says one thing, and the same again after each reconnection', async () => {
  await using shop = await openShop()
  const scene = new Scene(shop)
  const { code } = await scene.open()
  await scene.ask(code)
  await assert.rejects(scene.desk.hear(ASKER, 'up/request', REQUEST), /may say one thing/)
  await scene.ask(code)
  assert.equal(scene.bus.last(ASKER).state, 'waiting')
  await scene.ask(code, ASKER, Buffer.from('{"serial":"SN-0007","kind":"soundbox"}'))
  assert.deepEqual(scene.bus.last(ASKER).error, {
    code: 'REQUEST_CONFLICT',
    message: 'this client id has asked for something else',
  })
  for (const bad of ['{}', 'x', '{"serial":"a b","kind":"pos"}', '{"serial":"1","kind":"robot"}']) {
    scene.desk.presence(ASKER, false)
    await scene.ask(code, ASKER, Buffer.from(bad))
    assert.match(JSON.stringify(scene.bus.last(ASKER)), /"refused".*INVALID_MESSAGE/, bad)
  }
  assert.equal((await scene.desk.look())?.asker?.serial, 'SN-0001')
})

test(`${TRIES} wrong codes end the window, also when all come at once; ${TRIES - 1} do not`, async () => {
  await using shop = await openShop()
  const scene = new Scene(shop)
  const { code } = await scene.open()
  for (let n = 1; n < TRIES; n += 1) assert.equal(await scene.login(wrong(code)), false)
  await scene.crash()
  assert.equal(await scene.login(code), true)
  assert.equal(await scene.login(wrong(code)), false)
  assert.equal(await scene.login(code), false)
  assert.equal((await scene.confirm(code)).outcome, 'tries')

  const { code: next } = await scene.open()
  const addresses = [...Array(TRIES).keys()].map(n => `192.0.2.${10 + n}`)
  const guesses = addresses.map(address => scene.login(wrong(next), OTHER, address))
  const right = scene.login(next, ASKER, '192.0.2.99')
  assert.deepEqual(await Promise.all([...guesses, right]), [...addresses.map(() => false), false])
})

test('the door is tried so often by one address, so often by all, and again with time', () => {
  const clock = new ManualClock(T0)
  const fresh = () => new PairingLimits(() => clock.monotonic())
  const count = (limits: PairingLimits, address: (n: number) => string, times: number): number =>
    [...Array(times).keys()].filter(n => limits.mayTry(address(n))).length
  assert.equal(
    count(fresh(), () => 'a', OF_ONE_ADDRESS.burst),
    OF_ONE_ADDRESS.burst,
  )
  const limits = fresh()
  assert.equal(
    count(limits, () => 'a', OF_ONE_ADDRESS.burst + 1),
    OF_ONE_ADDRESS.burst,
  )
  assert.equal(limits.mayTry('b'), true)
  const all = fresh()
  assert.equal(
    count(all, n => `a${n}`, OF_ALL.burst + 1),
    OF_ALL.burst,
  )
  return clock.advance(2_000).then(() =>
    assert.equal(
      count(all, n => `b${n}`, 2),
      1,
    ),
  )
})

test('another window ends the one before; a code that was replaced opens nothing', async () => {
  await using shop = await openShop()
  const scene = new Scene(shop)
  const { code } = await scene.open()
  await scene.ask(code)
  const { code: next } = await scene.open()
  assert.deepEqual([...scene.bus.listening], [], 'who asked before is sent away')
  assert.equal((await scene.confirm(code)).outcome, code === next ? 'nobody' : 'unknown')
  await scene.ask(next)
  assert.equal((await scene.confirm(next)).outcome, 'confirmed')
})
