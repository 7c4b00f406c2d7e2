/**
 * Pairing windows: how a device without keyboard and camera gets its credentials.
 *
 * Terms. A **window** is opened by a technician and has a **code** of eight digits; there is one window at a time. An **asker** is a
 * connection of user `pair` whose password is the code, known by its client id, and never a device.
 *
 * open ── first request ──▶ asked ── `pairing confirm` ──▶ confirmed ── connects with its credentials ──▶ over (used)
 *                             └── another client id asks ──▶ contested: nobody can be confirmed any more
 *
 * Each step is one transaction of the ledger, so a process that starts anew finds a window between two steps, never inside one. Five
 * wrong codes end a window that is not confirmed yet. When its time is over, so is the window; a device that was confirmed then and
 * was never heard is taken out of the registry again, since nobody may have its password. `confirmed` has a time of its own, and
 * begins it again with each start of the gateway.
 *
 * The password is stored as a hash, as any. So that the answer can be repeated after a crash it is also kept sealed with a key that
 * only the code gives: the gateway can read it again when the asker, and no other, brings the code back.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import { ASK_PATH, askerOf, clientIdOf, readPairingRequest } from '../../protocol/local/pairing.ts'
import { DeviceMessageError } from '../../protocol/local/up.ts'
import type { DeviceBus } from '../broker/device-bus.ts'
import type { Clock } from '../clock.ts'
import type { Actor } from '../ledger/audit-trail.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { PairingAsker, PairingWindow } from '../ledger/pairing-book.ts'
import type { ChangedDevice } from '../ledger/registry-book.ts'
import type { Log } from '../log.ts'
import { CONTESTED, type Confirmed, type Granted, PairingAnswers } from './pairing-answers.ts'
import { keysOfCode, newPairingCode, sameHash, sealed, unsealed } from './pairing-code.ts'
import { PairingLimits } from './pairing-limits.ts'

/** Wrong codes a window bears. */
export const TRIES = 5
/** What a confirmed device has to connect with its credentials, and again after a restart. */
export const CLAIM_MS = 300_000

export interface PairingDeskParts {
  readonly ledger: Ledger
  readonly bus: () => DeviceBus
  readonly clock: Clock
  readonly log: Pick<Log, 'info' | 'warn' | 'error'>
  /** A device that nobody has the credentials of was taken out of the registry. */
  readonly undone: (deviceId: string, removed: ChangedDevice) => void
}

export class PairingDesk {
  readonly #parts: PairingDeskParts
  readonly #limits: PairingLimits
  readonly #answers: PairingAnswers
  /** Askers that are connected; whether each has said what it has to say. */
  readonly #askers = new Map<string, { said: boolean; address: string }>()
  readonly #seals = new Map<string, { windowId: string; key: Uint8Array; address: string }>()
  #turn: Promise<unknown> = Promise.resolve()
  #deadline = Number.NEGATIVE_INFINITY
  #cancel = (): void => {}
  /** The device that was confirmed and has not come yet. */
  #awaited: string | null = null

  constructor(parts: PairingDeskParts) {
    this.#parts = parts
    this.#answers = new PairingAnswers(parts.bus)
    this.#limits = new PairingLimits(() => parts.clock.monotonic())
  }

  /** Takes up the window an earlier process left, or ends it. */
  start(): Promise<void> {
    return this.#inTurn(async () => {
      const window = await this.#parts.ledger.pairing.newest()
      if (window === null || window.state === 'over') return
      const now = this.#parts.clock.now()
      // A clock that was put back would keep a window open that nobody remembers.
      const left = now < window.openedAt ? 0 : window.expiresAt - now
      this.#awaited = window.state === 'confirmed' ? window.deviceId : null
      this.#runFor(window.state === 'confirmed' ? CLAIM_MS : left)
      if (this.#isLate) await this.#end(window)
    })
  }

  stop(): void {
    this.#cancel()
  }

  /** Opens a window for `forMs` milliseconds and ends the one before. The code is told here and nowhere else. */
  open(forMs: number, terminalCode: string | null, by: Actor): Promise<{ code: string; expiresAt: number }> {
    return this.#inTurn(async () => {
      const { ledger, clock, log } = this.#parts
      const code = newPairingCode()
      const codeSalt = randomBytes(16)
      const { hash: codeHash } = await keysOfCode(code, codeSalt)
      const openedAt = clock.now()
      const expiresAt = openedAt + forMs
      const windowId = randomUUID()
      await ledger.pairing.open(
        { windowId, codeSalt, codeHash, terminalCode, openedAt, expiresAt, triesLeft: TRIES },
        by,
      )
      await this.#dismiss('another pairing window was opened')
      this.#awaited = null
      this.#runFor(forMs)
      log.info({ terminalCode, seconds: Math.round(forMs / 1000) }, 'a pairing window is open')
      return { code, expiresAt }
    })
  }

  /** The window as it is now; null where none is open. */
  look(): Promise<PairingWindow | null> {
    return this.#inTurn(() => this.#living())
  }

  /** Gives the device that asked its credentials. @throws RegistryError and what `grant` throws; nothing is paired then */
  confirm(
    code: string,
    serial: string | undefined,
    grant: (window: PairingWindow) => Promise<Granted>,
    by: Actor,
  ): Promise<Confirmed> {
    return this.#inTurn(async () => {
      const { ledger, clock, log } = this.#parts
      const window = await ledger.pairing.newest()
      if (window === null) return { outcome: 'unknown' }
      const keys = await keysOfCode(code, window.codeSalt)
      if (!sameHash(keys.hash, window.codeHash)) return { outcome: 'unknown' }
      if (window.end !== null) return { outcome: window.end }
      if (this.#isLate) return { outcome: 'expired' }
      const { asker } = window
      if (asker === null) return { outcome: 'nobody' }
      if (window.state === 'contested') return { outcome: 'contested', window }
      if (window.state === 'confirmed') return { outcome: 'confirmed-already', window }
      if (serial !== undefined && serial !== asker.serial) return { outcome: 'other-serial', window }
      const { device, card } = await grant(window)
      const until = clock.now() + CLAIM_MS
      const answer = sealed(JSON.stringify({ state: 'paired', ...card }), keys.seal)
      await ledger.pairing.confirm(window.windowId, device, answer, until, by)
      const { deviceId } = device
      this.#awaited = deviceId
      this.#runFor(CLAIM_MS)
      log.info(
        { deviceId, serial: asker.serial, kind: asker.kind },
        'a device that asked for its credentials was confirmed',
      )
      await this.#answer(askerOf(asker.clientId))
      return { outcome: 'confirmed', window, deviceId, until }
    })
  }

  /** Whether an asker may come in. */
  admit(asker: string, password: Uint8Array, address: string): Promise<boolean> {
    return this.#inTurn(async () => {
      const window = await this.#living()
      if (window === null || window.state === 'contested') return false
      // Used for this one already.
      if (window.state === 'confirmed' && window.asker?.clientId !== clientIdOf(asker)) return false
      if (!this.#limits.mayTry(address)) {
        this.#parts.log.warn({ code: 'RATE_LIMITED', address }, 'too many logins for pairing, some are refused unseen')
        return false
      }
      const { hash, seal } = await keysOfCode(Buffer.from(password).toString('utf8'), window.codeSalt)
      if (sameHash(hash, window.codeHash)) {
        this.#seals.set(asker, { windowId: window.windowId, key: seal, address })
        // Its earlier connection may not be known to be gone; this one takes its place.
        const earlier = this.#askers.get(asker)
        if (earlier !== undefined) earlier.said = false
        return true
      }
      if (window.state !== 'confirmed') await this.#wrongCode(window, address)
      return false
    })
  }

  presence(asker: string, online: boolean): void {
    const address = this.#seals.get(asker)?.address ?? 'unknown'
    if (online) this.#askers.set(asker, { said: false, address })
    else this.#askers.delete(asker)
  }

  /** The asker listens: it is told how its request stands. */
  async listens(asker: string): Promise<void> {
    await this.#inTurn(() => this.#answer(asker))
  }

  /** What an asker says; a rejection ends its connection. */
  hear(asker: string, path: string, payload: Uint8Array): Promise<void> {
    return this.#inTurn(async () => {
      const present = this.#askers.get(asker)
      if (present === undefined || present.said || path !== ASK_PATH) {
        throw new Error(`who asks for credentials may say one thing, on ${ASK_PATH}`)
      }
      present.said = true
      const window = await this.#livingFor(asker)
      if (window === null) return this.#answers.refuse(asker, 'the pairing window is over')
      try {
        const request = readPairingRequest(payload)
        await this.#ask(window, asker, { ...request, address: present.address })
      } catch (error) {
        if (!(error instanceof DeviceMessageError)) throw error
        await this.#answers.refuse(asker, error.message, 'INVALID_MESSAGE')
      }
    })
  }

  /** A device has connected with its own credentials. */
  arrived(deviceId: string): void {
    if (deviceId !== this.#awaited) return
    this.#inTurn(async () => {
      const window = await this.#parts.ledger.pairing.newest()
      if (window?.state === 'confirmed' && window.deviceId === deviceId) await this.#end(window, true)
    }).catch(error => this.#trouble(error))
  }

  async #ask(window: PairingWindow, asker: string, request: Omit<PairingAsker, 'clientId'>): Promise<void> {
    const { ledger, clock, log } = this.#parts
    const clientId = clientIdOf(asker) ?? ''
    const outcome = await ledger.pairing.ask(window.windowId, { ...request, clientId }, clock.now())
    const { serial, kind, address } = request
    if (outcome === 'another')
      return this.#answers.refuse(asker, 'this client id has asked for something else', 'REQUEST_CONFLICT')
    if (outcome === 'asked') {
      log.info({ serial, kind, address }, 'a device asks for its credentials')
      return this.#answer(asker)
    }
    log.warn({ serial, kind, address }, 'a second device asks with the same pairing code: nobody is paired')
    for (const each of this.#askers.keys()) await this.#answers.refuse(each, CONTESTED)
  }

  async #wrongCode({ windowId }: PairingWindow, address: string): Promise<void> {
    const { ledger, clock, log } = this.#parts
    const left = await ledger.pairing.wrongCode(windowId, address, clock.now())
    log.warn({ address, triesLeft: left }, 'a wrong pairing code')
    if (left === 0) await this.#close('too many wrong codes')
  }

  /** Tells an asker how its request stands, if it listens. */
  async #answer(asker: string): Promise<void> {
    const window = await this.#livingFor(asker)
    if (window === null) return this.#answers.refuse(asker, 'the pairing window is over')
    if (window.state === 'contested') return this.#answers.refuse(asker, CONTESTED)
    if (window.asker?.clientId !== clientIdOf(asker)) return
    if (window.state === 'asked') {
      const left = Math.ceil((this.#deadline - this.#parts.clock.monotonic()) / 1000)
      return this.#answers.say(asker, { state: 'waiting', ttl: left })
    }
    const key = this.#seals.get(asker)?.key
    if (window.sealed === null || key === undefined) return
    await this.#answers.put(asker, unsealed(window.sealed, key))
  }

  async #living(): Promise<PairingWindow | null> {
    const window = await this.#parts.ledger.pairing.newest()
    return window === null || window.state === 'over' || this.#isLate ? null : window
  }

  /** The window this asker brought the code of. */
  async #livingFor(asker: string): Promise<PairingWindow | null> {
    const window = await this.#living()
    return window?.windowId === this.#seals.get(asker)?.windowId ? window : null
  }

  get #isLate(): boolean {
    return this.#parts.clock.monotonic() >= this.#deadline
  }

  #runFor(ms: number): void {
    this.#cancel()
    this.#deadline = this.#parts.clock.monotonic() + ms
    this.#cancel = this.#parts.clock.after(ms, () => {
      this.#inTurn(async () => {
        const window = await this.#parts.ledger.pairing.newest()
        if (window !== null && window.state !== 'over' && this.#isLate) await this.#end(window)
      }).catch(error => this.#trouble(error))
    })
  }

  async #end(window: PairingWindow, came = false): Promise<void> {
    const { ledger, clock, log, bus, undone } = this.#parts
    const { deviceId } = window
    const arrived = came || (deviceId !== null && bus().online(deviceId))
    const removed = await ledger.pairing.end(window.windowId, arrived, clock.now())
    await this.#close('the pairing window is over')
    if (removed === null || deviceId === null) return
    log.warn({ deviceId }, 'a confirmed device never came for its credentials: it is not paired')
    undone(deviceId, removed)
  }

  async #close(why: string): Promise<void> {
    this.#cancel()
    this.#awaited = null
    this.#deadline = Number.NEGATIVE_INFINITY
    await this.#dismiss(why)
  }

  async #dismiss(why: string): Promise<void> {
    for (const asker of this.#askers.keys()) {
      await this.#answers.refuse(asker, why)
      this.#parts.bus().disconnect(asker)
    }
    this.#seals.clear()
  }

  #trouble(error: unknown): void {
    this.#parts.log.error({ err: error }, 'pairing failed')
  }

  /** One after the other: of many guesses at once none may escape the count. */
  #inTurn<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(task)
    this.#turn = result.catch(() => undefined)
    return result
  }
}
