import { storedPayload } from '../../protocol/local/down.ts'
import type { DeviceBus } from '../broker/device-bus.ts'
import { crashPoint } from '../crash-point.ts'
import { DOWN_PATHS, type Pace } from '../devices/profiles/profile.ts'
import type { Delivery, DeliveryKind } from '../ledger/model.ts'
import { EFFECT_MS, type Entry, mayBeRemembered } from './entry.ts'
import { LaneSilences, type LaneSilencesParts } from './lane-silences.ts'
import { LaneWindow } from './lane-window.ts'
import type { Zone } from './zone.ts'

/**
 * The lane of one device: the only way its deliveries go out.
 *
 * Terms. An **entry** is a delivery the lane knows of; the ledger holds the truth, the lane only its timing. The entry that was
 * sent last and not answered yet is **in flight**: it holds the next one back until the device answers, or until the
 * profile's patience is over; with a device that leaves one after the other unanswered the patience gets shorter, because
 * it must not stop its own news. New messages go before repeated ones, and **live** ones (from after the device's return) before
 * its **backlog**, unless the profile asks for order. A device remembers its last 32 ids: before one that
 * answers can have forgotten an id it has not answered, nothing new is sent until that one is settled. **Silence** is what is left when the last
 * attempt, or the time to hear it, has passed without an answer. Counter calls take turns in their **zone**: see there.
 *
 * States of an entry, as the ledger writes them:
 *
 *     pending ──send──▶ sent ──received──▶ received ──done, duplicate──▶ done
 *        │               │ ╲                  │
 *        │               │  ╲─done, duplicate─┼──▶ done
 *        │               │  ╲─expired, failed─┴──▶ expired, failed
 *        │               ├── again: same id, after 1, 2, 4 … times the profile's interval, at each return, 5 s after `busy`
 *        │               └── silence ──▶ unknown for a vend, failed for the rest (also 60 s after `received`)
 *        └── its time over ──▶ expired
 *
 * A vend is noted as sent on disk before it leaves, so that after any crash the ledger knows that goods may have been
 * released. The other kinds are noted while they leave: hearing them twice under one id has no effect. Later would be too late: what
 * the next process finds as `pending` it holds for unheard, and lets so many new ones go first that the device forgets the id.
 */

/** Of the 32 ids a device remembers (contract), those that new messages may take from an unanswered one; notes take the rest. */
const MOST_AHEAD = 24
/** A device that said it is busy is asked again after this. */
const BUSY_MS = 5000
/** A device that answers nothing still gets its messages one by one. */
const LEAST_PATIENCE_MS = 50
/** No message is repeated more seldom than this while the device is there. */
const LONGEST_RESEND_MS = 60_000

export interface LaneParts extends LaneSilencesParts {
  readonly bus: DeviceBus
  /** Something went wrong that the lane survives. */
  readonly trouble: (error: unknown) => void
}

export class Lane {
  readonly #deviceId: string
  readonly #pace: Pace
  readonly #parts: LaneParts
  readonly #zone: Zone | null
  readonly #window: LaneWindow
  readonly #silences: LaneSilences
  /** Told since the device's return; the rest is backlog. */
  readonly #isLive = ({ delivery }: Entry): boolean => delivery.createdAt >= this.#returnedAt
  /** Whether the device is there and takes messages of this kind. */
  readonly #takes = (kind: DeliveryKind): boolean =>
    !this.#arriving && this.#parts.bus.reaches(this.#deviceId, DOWN_PATHS[kind])
  #inFlight: Entry | null = null
  /** Monotonic: the earliest moment of the next sending, and the end of patience with the one in flight. */
  #gapUntil = 0
  #patienceUntil = 0
  /** New messages that were sent since the device last answered any. */
  #unanswered = 0
  /** New messages that were sent at all. */
  #turns = 0
  /** Whether the device has ever answered: one that never does is not waited for. */
  #answers = false
  /** Wall clock: what is older is backlog. */
  #returnedAt = 0
  #arriving = false
  #pumping = false
  #again = false
  #cancelTimer: () => void = () => {}
  /** Monotonic: when the timer runs the lane; Infinity without one. */
  #wakesAt = Number.POSITIVE_INFINITY
  /** Whether what is next waits for its turn in the zone. */
  #awaitsTurn = false
  #stopped = false

  constructor(deviceId: string, pace: Pace, zone: Zone | null, parts: LaneParts) {
    this.#deviceId = deviceId
    this.#pace = pace
    this.#zone = zone
    this.#parts = parts
    this.#window = new LaneWindow(deviceId, pace, parts, this.#takes)
    this.#silences = new LaneSilences(this.#window, pace, parts, entry => this.#remove(entry))
  }

  /** The ledger has something new for this device. */
  wake(): void {
    this.#window.hasNews()
    // While one is in flight no new one can go out; the next run, by its answer or the end of patience, looks for it.
    const waits = this.#inFlight !== null && this.#parts.clock.monotonic() < this.#patienceUntil
    if (!waits || this.#pumping) this.#pump()
    else if (this.#wakesAt > this.#patienceUntil) this.#wakeAt(this.#patienceUntil)
  }

  /** The device has a new link: nothing may go out on it before `returned`, or news would overtake what the old link lost. */
  arriving(): void {
    this.#arriving = true
  }

  /** The device is back: what it did not answer waits for its turn again, in its old place. */
  returned(): void {
    this.#arriving = false
    for (const entry of this.#window.entries) if (entry.phase === 'sent') this.#unheard(entry)
    this.#inFlight = null
    if (this.#pace.once === undefined) this.#gapUntil = 0
    this.#returnedAt = this.#parts.clock.now()
    this.#window.isStale()
    this.#pump()
  }

  /** What went out on a link that is gone waits for its turn again; a device that knows no ids must not hear it twice. */
  #unheard(entry: Entry): void {
    if (this.#pace.once === undefined) entry.phase = 'waiting'
    else entry.dueAt = 0
  }

  /** The delivery of this id, of those this lane knows. */
  known(deliveryId: string): Delivery | null {
    return this.#window.find(deliveryId)?.delivery ?? null
  }

  /** A receipt of the device is on disk; `delivery` is as it stands after it. */
  acknowledged(delivery: Delivery, busy: boolean): void {
    this.#unanswered = 0
    this.#answers = true
    this.#zone?.answered(delivery)
    const entry = this.#window.find(delivery.id)
    if (entry === undefined) return
    const now = this.#parts.clock.monotonic()
    if (busy) {
      // It was heard and not taken: that is no silence, and nothing can have come of it.
      entry.attempts = 0
      entry.dueAt = now + BUSY_MS
    } else if (delivery.state === 'received') {
      entry.phase = 'received'
      entry.dueAt = now + EFFECT_MS
    } else if (delivery.endedAt !== null) this.#remove(entry)
    if (this.#inFlight === entry) {
      if (busy && this.#pace.inOrder) this.#patienceUntil = entry.dueAt + this.#pace.patienceMs
      else this.#inFlight = null
    }
    this.#pump()
  }

  stop(): void {
    this.#stopped = true
    this.#cancelTimer()
  }

  /** Runs the lane until there is nothing to do now; one run at a time. */
  #pump(): void {
    this.#again = true
    if (this.#pumping || this.#stopped) return
    this.#pumping = true
    this.#run()
      .catch((error: unknown) => {
        this.#parts.trouble(error)
        this.#window.isStale()
        // The ledger or the link may be back shortly; nothing is lost meanwhile.
        this.#wakeAt(this.#parts.clock.monotonic() + 1000)
      })
      .finally(() => {
        this.#pumping = false
        if (this.#again) this.#pump()
      })
  }

  async #run(): Promise<void> {
    while (this.#again && !this.#stopped) {
      this.#again = false
      this.#awaitsTurn = false
      this.#cancelTimer()
      if (this.#window.hasToLook(this.#isLive)) await this.#window.look()
      await this.#silences.endOverdue()
      for (let entry = this.#next(); entry !== undefined; entry = this.#next()) await this.#send(entry)
      // What ended has made room.
      if (this.#window.hasToLook(this.#isLive)) this.#again = true
    }
    this.#wakeAt(this.#nextMoment())
  }

  #remove(entry: Entry): void {
    this.#window.remove(entry)
    if (this.#inFlight === entry) this.#inFlight = null
  }

  /** The one message whose turn it is now. */
  #next(): Entry | undefined {
    const now = this.#parts.clock.monotonic()
    // The device may have come back while this run was busy: what waits in the ledger then goes first.
    if (now < this.#gapUntil || this.#stopped || this.#window.mustBeReadAnew) return undefined
    const entry = this.#nextToBegin(now) ?? this.#window.entries.find(known => this.#mayRepeat(known, now))
    return entry !== undefined && this.#hasTurn(entry) ? entry : undefined
  }

  #nextToBegin(now: number): Entry | undefined {
    if (this.#inFlight !== null && now < this.#patienceUntil) return undefined
    const onlyKnown = this.#mayForget()
    const ready = (known: Entry): boolean =>
      known.phase === 'waiting' && this.#takes(known.delivery.kind) && (!onlyKnown || mayBeRemembered(known))
    const first = this.#window.entries.find(ready)
    if (first === undefined || this.#pace.inOrder || this.#isLive(first)) return first
    return this.#window.entries.find(known => this.#isLive(known) && ready(known)) ?? first
  }

  /** Whether one message more could make the device forget an id that it may hear again. */
  #mayForget(): boolean {
    if (this.#pace.once !== undefined || !this.#answers) return false
    return this.#window.entries.some(known => mayBeRemembered(known) && this.#turns - known.turn >= MOST_AHEAD)
  }

  #mayRepeat(entry: Entry, now: number): boolean {
    const due = entry.phase === 'sent' && entry.dueAt <= now && entry.attempts < this.#pace.attempts
    return due && this.#takes(entry.delivery.kind)
  }

  /** False while somebody else speaks in the zone, which then wakes this lane. */
  #hasTurn({ delivery }: Entry): boolean {
    this.#awaitsTurn = this.#zone?.mayBegin(delivery, () => this.#pump()) === false
    return !this.#awaitsTurn
  }

  async #send(entry: Entry): Promise<void> {
    const { bus, clock, deliveries } = this.#parts
    const { delivery } = entry
    crashPoint('sending')
    const noted = deliveries.noteSent(delivery, clock.now())
    // Ended in this moment by whoever removed or disabled the machine: no goods.
    if (delivery.kind === 'vend' && !(await noted)) return this.#remove(entry)
    if (this.#pace.once !== undefined) await noted
    crashPoint('noted')
    const now = clock.monotonic()
    // In a zone the turn does the waiting.
    if (entry.phase === 'waiting' && this.#zone === null) {
      this.#inFlight = entry
      this.#patienceUntil = now + Math.max(this.#pace.patienceMs / 2 ** this.#unanswered, LEAST_PATIENCE_MS)
      this.#unanswered += 1
    }
    this.#zone?.began(delivery)
    entry.phase = 'sent'
    if (entry.attempts === 0) {
      this.#turns += 1
      entry.turn = this.#turns
    }
    entry.attempts += 1
    entry.dueAt = now + Math.min(this.#pace.resendMs * 2 ** (entry.attempts - 1), LONGEST_RESEND_MS)
    if (this.#zone === null) {
      this.#gapUntil = now + Math.max(this.#pace.gapMs, this.#pace.once?.gapAfterMs(delivery) ?? 0)
    }
    const payload = storedPayload(delivery.id, delivery.body, clock.now())
    const sending = bus.send(this.#deviceId, DOWN_PATHS[delivery.kind], payload).catch(() => {
      // The link went away in this moment; the entry is said again when the device returns.
      if (this.#inFlight === entry) this.#inFlight = null
    })
    await Promise.all([noted, sending])
    crashPoint('sent')
  }

  /** Monotonic time of the next thing that happens by itself; Infinity when nothing does. */
  #nextMoment(): number {
    const { clock } = this.#parts
    const now = clock.monotonic()
    // What wall clock times are on the monotonic clock.
    const ahead = now - clock.now()
    let next = Number.POSITIVE_INFINITY
    let begins = false
    const onlyKnown = this.#mayForget()
    for (const entry of this.#window.entries) {
      const { delivery, phase, dueAt } = entry
      if (delivery.expiresAt !== null && phase !== 'received') {
        next = Math.min(next, Math.max(delivery.expiresAt + ahead, now))
      }
      // What is due and waits for its turn is woken by the zone.
      const repeats = phase === 'sent' && dueAt < next && !(this.#awaitsTurn && dueAt <= now)
      const mayRepeat = repeats && (this.#pace.once !== undefined || this.#takes(delivery.kind))
      if (phase === 'received' || mayRepeat) next = Math.min(next, dueAt)
      begins ||= phase === 'waiting' && this.#takes(delivery.kind) && (!onlyKnown || mayBeRemembered(entry))
    }
    if (!begins || this.#awaitsTurn) return next
    return Math.min(next, Math.max(this.#inFlight === null ? now : this.#patienceUntil, this.#gapUntil))
  }

  #wakeAt(moment: number): void {
    this.#cancelTimer()
    this.#wakesAt = moment
    if (moment === Number.POSITIVE_INFINITY || this.#stopped) return
    const wait = Math.max(moment - this.#parts.clock.monotonic(), 1)
    this.#cancelTimer = this.#parts.clock.after(wait, () => this.#pump())
  }
}
