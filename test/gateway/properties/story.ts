import assert from 'node:assert/strict'
import { Lanes } from '../../../gateway/deliveries/lanes.ts'
import type { TakenPayment } from '../../../gateway/ledger/ledger.ts'
import type { ConfirmPolicy } from '../../../gateway/payments/effects.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { Random } from '../../support/random.ts'
import { DEVICES, notice, openShop, rawNotice, type Shop, T0, TERMINAL } from '../../support/shop.ts'
import { type Heard, StoryDevices } from './story-devices.ts'
import { ASKED, type Event, rowOf } from './story-events.ts'

/** A payment as it has to be in the ledger: what was said first, and what was added to it. */
interface Money {
  readonly reference: string
  readonly amount: number
  readonly direction: 'in' | 'out'
  orderId: string | null
  settled: boolean
  confirmed: boolean
}

/**
 * Plays events against the real ledger and the real lanes on a clock moved by hand, and keeps beside them the few rules
 * they must obey. Whatever breaks one throws.
 */
export class Story implements AsyncDisposable {
  readonly #devices: StoryDevices
  readonly #confirm: ConfirmPolicy
  readonly #shop: Shop
  readonly #clock = new ManualClock(T0)
  readonly #orders: string[] = []
  readonly #money = new Map<string, Money>()
  /** What the bank shows in a lookup, by order. */
  readonly #bank = new Map<string, Money[]>()
  readonly #bodies = new Map<string, string>()
  readonly #over = new Set<string>()
  /** What each till must show, in this order. */
  readonly #owedToTill: string[] = []
  readonly #refusedByTill: string[] = []
  readonly #troubles: unknown[] = []
  #lanes: Lanes

  private constructor(shop: Shop, confirm: ConfirmPolicy, seed: number) {
    this.#shop = shop
    this.#confirm = confirm
    this.#devices = new StoryDevices(new Random(seed))
    this.#devices.leaving = heard => {
      // Thrown here, it would pass for a link that was lost.
      try {
        this.#checkLeaving(heard)
      } catch (error) {
        this.#troubles.push(error)
      }
    }
    this.#devices.answered = (deviceId, id, status) => {
      void this.#answered(deviceId, id, status)
    }
    this.#lanes = this.#newLanes()
  }

  static async begin(confirm: ConfirmPolicy, seed: number): Promise<Story> {
    return new Story(await openShop({ confirm }), confirm, seed)
  }

  async play(event: Event): Promise<void> {
    await this.#happen(event)
    await this.#clock.advance(0)
    for (const trouble of this.#troubles) throw trouble
    await this.#checkSums()
  }

  /** Everybody is there and answers; then nothing may be left over. */
  async end(): Promise<void> {
    this.#devices.calm = true
    for (const [deviceId] of DEVICES) await this.play({ kind: 'back', device: deviceId })
    for (let minute = 0; minute < 12; minute += 1) await this.play({ kind: 'time', ms: 30_000 })
    assert.equal(await this.#shop.ledger.deliveries.countPending(), 0)
    const shown = this.#effectsOn('pos-1', 'down/payment').map(({ message }) => onTill(message))
    const refused = new Set(this.#refusedByTill)
    assert.deepEqual(
      shown,
      this.#owedToTill.filter(payment => !refused.has(payment)),
    )
    for (const path of ['down/vend', 'down/call']) {
      const about = this.#devices.effects
        .filter(effect => effect.path === path)
        .map(({ message }) => message.orderId ?? message.ticket)
      assert.equal(new Set(about).size, about.length, `${path} twice for one order`)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#lanes.stop()
    await this.#shop[Symbol.asyncDispose]()
  }

  async #happen(event: Event): Promise<void> {
    const { ledger } = this.#shop
    const now = this.#clock.now()
    switch (event.kind) {
      case 'order': {
        const ticket = event.ticket ? String(this.#orders.length + 1) : null
        const times = { createdAt: now, expiresAt: now + 300_000 }
        const { orderId } = await this.#shop.order(event.by, ASKED, { ticket, ...times })
        this.#orders.push(orderId)
        return
      }
      case 'balance change':
        return this.#tell(event)
      case 'lookup': {
        const orderId = this.#orders[event.order]
        for (const money of this.#bank.get(orderId ?? '') ?? []) await this.#takeRow(money)
        return
      }
      case 'cancel':
      case 'hold': {
        const orderId = this.#orders[event.order]
        if (orderId === undefined) return
        const changed = await (event.kind === 'cancel'
          ? ledger.orders.cancel(orderId, null, now)
          : ledger.orders.hold(orderId, now))
        this.#lanes.wake(changed?.told ?? [])
        return
      }
      case 'time': {
        await this.#clock.advance(event.ms)
        const { told } = await ledger.orders.expire(this.#clock.now())
        this.#lanes.wake(told)
        return
      }
      case 'clock jump':
        this.#clock.jump(event.ms)
        return
      case 'away':
        this.#devices.goes(event.device)
        return
      case 'back':
        this.#devices.comes(event.device)
        this.#lanes.arriving(event.device)
        await ledger.deliveries.freshen(event.device, now)
        this.#lanes.returned(event.device)
        return
      case 'crash':
        this.#lanes.stop()
        await this.#shop.reopen()
        this.#lanes = this.#newLanes()
        this.#lanes.wake(await this.#shop.ledger.deliveries.waiting())
        return
    }
  }

  async #tell(event: Extract<Event, { kind: 'balance change' }>): Promise<void> {
    const orderId = this.#orders[event.order] ?? null
    const reference = `FT${event.reference}`
    const { amount, direction: transType, status } = event
    const money: Money = {
      reference,
      amount,
      direction: transType === 'C' ? 'in' : 'out',
      orderId,
      settled: status === 1,
      confirmed: false,
    }
    const inBank = [...this.#bank.values()].flat().some(known => known.reference === reference)
    if (event.real && orderId !== null && money.direction === 'in' && money.settled && !inBank) {
      this.#bank.set(orderId, [...(this.#bank.get(orderId) ?? []), { ...money }])
    }
    const said = { referenceNumber: reference, amount, transType, status, ...(orderId === null ? {} : { orderId }) }
    const raw = rawNotice(said, this.#clock.now())
    await this.#taken(money, await this.#shop.ledger.payments.takeBalanceChange(TERMINAL, notice(said), raw))
  }

  async #takeRow(known: Money): Promise<void> {
    const raw = rawNotice({}, this.#clock.now())
    const taken = await this.#shop.ledger.payments.takeLookupRow(TERMINAL, rowOf(known), raw)
    await this.#taken({ ...known, settled: true, confirmed: true }, taken)
  }

  /** Holds what the ledger made of it against the rules: the first word about a reference counts. */
  async #taken(said: Money, taken: TakenPayment): Promise<void> {
    const known = this.#money.get(said.reference)
    const contradicts = known !== undefined && (known.amount !== said.amount || known.direction !== said.direction)
    assert.equal(taken.outcome === 'rejected', contradicts, `${said.reference} is ${taken.outcome}`)
    if (contradicts) {
      assert.equal(taken.reason, 'CONFLICT')
      return
    }
    const before = known !== undefined && this.#counts(known)
    // Money that was nobody's joins the order that is named later, and is told anew with it.
    const joins = known !== undefined && known.orderId === null && said.orderId !== null
    const money = known ?? said
    money.settled ||= said.settled
    money.confirmed ||= said.confirmed
    money.orderId ??= said.orderId
    this.#money.set(said.reference, money)
    if ((!before || joins) && this.#counts(money)) {
      this.#owedToTill.push(onTill({ referenceNumber: money.reference, orderId: money.orderId ?? undefined }))
      await this.#checkAnnouncement(money, taken)
    }
    this.#lanes.wake(taken.told)
  }

  #counts({ settled, confirmed, direction }: Money): boolean {
    return settled && direction === 'in' && (this.#confirm !== 'always' || confirmed)
  }

  #sum(orderId: string, wanted: (money: Money) => boolean): number {
    return [...this.#money.values()]
      .filter(money => money.orderId === orderId && wanted(money))
      .reduce((sum, { amount }) => sum + amount, 0)
  }

  async #checkSums(): Promise<void> {
    for (const orderId of this.#orders) {
      const order = await this.#shop.ledger.orders.get(orderId)
      const sum = this.#sum(orderId, money => this.#counts(money))
      assert.equal(order?.received, sum, `order ${orderId}: received`)
      if (order?.state === 'paid') assert.ok(sum >= order.amount, `order ${orderId} is paid with ${sum}`)
    }
  }

  /** Less money than asked never sounds like success. */
  async #checkAnnouncement({ orderId, reference }: Money, { payment }: TakenPayment): Promise<void> {
    const open = await this.#shop.ledger.deliveries.open('sound-1', 1000)
    const said = open.findLast(delivery => delivery.kind === 'announce' && delivery.paymentId === payment?.paymentId)
    const body = JSON.parse(said?.body ?? '{}')
    assert.ok(said !== undefined, `${reference} is announced`)
    if (orderId === null) return
    const sum = this.#sum(orderId, money => this.#counts(money))
    if (sum < ASKED) assert.ok(body.kind === 'short' || body.kind === 'late', `${body.kind} with ${sum} of ${ASKED}`)
  }

  #checkLeaving({ path, id, message }: Heard): void {
    assert.ok(!this.#over.has(id), `${path} ${id} was sent after its end`)
    const { ttl, ...body } = message
    const text = JSON.stringify(body)
    assert.equal(this.#bodies.get(id) ?? text, text, 'a repeat says the same')
    this.#bodies.set(id, text)
    if (path === 'down/announce' || path === 'down/call' || path === 'down/vend') {
      assert.ok(Number(message.expiresAt) >= Math.floor(this.#clock.now() / 1000), `${path} after its time`)
    }
    if (path === 'down/vend') this.#checkRelease(String(message.orderId))
    if (path === 'down/call') this.#checkRelease(this.#orders[Number(message.ticket) - 1] ?? '')
  }

  /** Goods and calls go only when the money is there, and agreed by the host where that is asked for. */
  #checkRelease(orderId: string): void {
    const sum = this.#sum(orderId, money => this.#counts(money) && (this.#confirm === 'never' || money.confirmed))
    assert.ok(sum >= ASKED, `order ${orderId} releases with ${sum}`)
  }

  async #answered(deviceId: string, id: string, status: 'received' | 'done' | 'duplicate' | 'busy' | 'failed') {
    const message = JSON.parse(this.#bodies.get(id) ?? '{}')
    if (status === 'failed' && deviceId === 'pos-1' && 'referenceNumber' in message) {
      this.#refusedByTill.push(onTill(message))
    }
    const { deliveries } = this.#shop.ledger
    const delivery = await deliveries.noteAcknowledgement(deviceId, { id, status }, this.#clock.now())
    if (delivery === null) return
    if (delivery.endedAt !== null) this.#over.add(id)
    this.#lanes.acknowledged(delivery, status === 'busy')
  }

  #effectsOn(deviceId: string, path: string): Heard[] {
    return this.#devices.effects.filter(effect => effect.deviceId === deviceId && effect.path === path)
  }

  #newLanes(): Lanes {
    const { ledger } = this.#shop
    return new Lanes(
      {
        bus: this.#devices,
        deliveries: ledger.deliveries,
        clock: this.#clock,
        trouble: error => this.#troubles.push(error),
        ended: ({ id }) => this.#over.add(id),
      },
      deviceId => ledger.registry.device(deviceId),
    )
  }
}

/** A payment as a till shows it: once as nobody's, and again when it has joined its order. */
function onTill({ referenceNumber, orderId = '' }: Readonly<Record<string, unknown>>): string {
  return `${String(referenceNumber)} ${String(orderId)}`
}
