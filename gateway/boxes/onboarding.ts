/**
 * How VietQR's host comes to know a box, and the gateway whose it is.
 *
 * Terms. A box is **registered** when a person has named its MAC, **known** when the host has given it its id and its certificate, and
 * **bound** when a merchant has scanned that certificate in VietQR's app: then the host says N16, and the box is a device with a
 * terminal. A bound box whose terminal was **taken over** has nothing retained at the host any more.
 *
 *     registered ──handle-box──▶ (asked) ──answer──▶ known ──N16──▶ bound ──retained topics cleared──▶ taken over
 *         ▲          │                                  │             │ N16 again: another account
 *         └─ silence ┘                                  └── until the merchant has scanned: as long as it takes
 *
 * Each state is a row before the next question is asked, and each question is asked again by whoever finds its answer missing: a new
 * process, a link that came up, or the same command once more. The host answers a MAC it knows with the same id.
 *
 * Of what the host says to a box afterwards, N16 is taken in. N17 and N12, the QR codes a merchant pushes from the app, are passed on
 * to a QR box. So is N05, the only word of a payment of the box's static code, unless it is about a payment the gateway has heard of
 * otherwise and announces itself. It carries no id, so amount and time decide; the balance change may come just behind it, so it waits
 * a moment, unacknowledged, for that.
 */
import { GatewayError } from '../../protocol/errors.ts'
import { readBoxNotification, readHandleBoxReply, writeHandleBox } from '../../protocol/vietqr/box.ts'
import { handleBoxCheckSum } from '../../protocol/vietqr/checksums.ts'
import { macKey } from '../../protocol/vietqr/mac.ts'
import type { HostTopics } from '../../protocol/vietqr/topics.ts'
import type { Clock } from '../clock.ts'
import { HostDownError, type HostLink } from '../host/host-link.ts'
import type { Actor } from '../ledger/audit-trail.ts'
import type { BoxBook, HostNews, NewBox } from '../ledger/box-book.ts'
import type { Box } from '../ledger/model.ts'

export interface OnboardingParts {
  readonly boxes: BoxBook
  readonly link: HostLink
  readonly topics: HostTopics
  readonly clock: Clock
  readonly boxKey: string | undefined
  readonly requestTimeoutMs: number
}

export interface OnboardingOwner {
  /** Boxes have come, gone or been named: other topics are to be listened to. Resolves when the host has granted them, or the link is down. */
  topicsChanged(): Promise<void>
  /** The box has come into another state. */
  changed(box: Box): void
  /** The host shows something on a QR box. */
  passOn(box: Box, text: string): Promise<boolean>
  told(deviceIds: readonly string[]): void
  trouble(error: unknown): void
}

/** A balance change and the N05 of one payment leave the host together. */
const NEWS_WAIT_MS = 1_000

/** The key VietQR issues for boxes is not configured. */
export class BoxKeyMissingError extends Error {
  override readonly name = 'BoxKeyMissingError'
  readonly code = 'BOX_KEY_MISSING'
  constructor() {
    super(
      'host.boxKeyFile: is missing; write the key VietQR issued for boxes into a file of mode 0600 and name it there, or set VIETQR_BOX_KEY',
    )
  }
}

export class Onboarding {
  readonly #parts: OnboardingParts
  readonly #owner: OnboardingOwner
  readonly #waiting = new Set<(box: Box) => void>()

  constructor(parts: OnboardingParts, owner: OnboardingOwner) {
    this.#parts = parts
    this.#owner = owner
  }

  /** What is to be listened to for the boxes there are. */
  async topics(): Promise<readonly string[]> {
    const { boxes, topics } = this.#parts
    return (await boxes.all()).flatMap(({ macAsSaid, boxId }) =>
      boxId === null ? topics.handleBoxResponses(macAsSaid) : [topics.box(boxId)],
    )
  }

  /**
   * Registers a box and has the host name it. A box that was named before is left as it is.
   * @throws BoxKeyMissingError, RegistryError, GatewayError HOST_DOWN or HOST_SILENT; the box stays registered then
   */
  async pair(wanted: NewBox, by: Actor): Promise<Box> {
    const { boxes, boxKey } = this.#parts
    if (boxKey === undefined) throw new BoxKeyMissingError()
    const box = await boxes.register(wanted, by)
    this.#owner.changed(box)
    if (box.boxId !== null) {
      await this.#owner.topicsChanged()
      return box
    }
    const named = this.#named(box)
    try {
      await this.#owner.topicsChanged()
      await this.#ask(box, boxKey)
      return await named.box
    } finally {
      named.stop()
    }
  }

  /** The link is up: what was not answered is asked again, what was not cleared is cleared. */
  linkUp(): void {
    this.#behind(this.#takeUp())
  }

  /**
   * The host names a box. Returns what is wrong with its answer, if anything.
   * @throws MessageError
   */
  async reply(mac: string, payload: Uint8Array): Promise<string | null> {
    const reply = readHandleBoxReply(payload)
    const box = await this.#parts.boxes.noteReply(macKey(mac) ?? '', reply)
    if (box === null) return 'no box with this MAC is registered'
    this.#behind(this.#changed(box))
    return null
  }

  /**
   * The host speaks to a box. Returns what is wrong with it, if anything.
   * @throws MessageError
   */
  async notification(boxId: string, payload: Uint8Array): Promise<string | null> {
    const { boxes, clock } = this.#parts
    const said = readBoxNotification(payload)
    if (said.notificationType === 'N16') {
      const box = await boxes.bind(boxId, said, clock.now())
      if (box === null) return 'no box with this id is registered'
      this.#behind(this.#changed(box).then(() => this.#clear(box)))
      return null
    }
    if (said.notificationType === 'N05') return this.#news(boxId, said)
    if (said.notificationType !== 'N17' && said.notificationType !== 'N12') return null
    const box = await boxes.ofBoxId(boxId)
    if (box === null) return 'no box with this id is registered'
    await this.#owner.passOn(box, new TextDecoder().decode(payload))
    return null
  }

  async #news(boxId: string, news: HostNews): Promise<string | null> {
    const { boxes, clock } = this.#parts
    await new Promise<void>(resolve => clock.after(NEWS_WAIT_MS, resolve))
    const taken = await boxes.takeNews(boxId, news, clock.now())
    if (taken === null) return 'no box with this id is registered'
    this.#owner.told(taken.told)
    return null
  }

  async #takeUp(): Promise<void> {
    const { boxes, boxKey } = this.#parts
    for (const box of await boxes.all()) {
      if (box.boxId === null && boxKey !== undefined) await this.#ask(box, boxKey)
      if (box.boxId !== null) for (const look of this.#waiting) look(box)
      if (box.bound !== null) await this.#clear(box)
    }
  }

  async #ask({ macAsSaid: mac }: Box, boxKey: string): Promise<void> {
    const { link, topics } = this.#parts
    try {
      await link.publish(topics.handleBox(), writeHandleBox({ mac, checkSum: handleBoxCheckSum(mac, boxKey) }))
    } catch (error) {
      if (!(error instanceof HostDownError)) throw error
      throw new GatewayError('HOST_DOWN', link.reason || undefined, { cause: error })
    }
  }

  /** The box once the host has named it; who waits goes away with `stop`. */
  #named(wanted: Box): { readonly box: Promise<Box>; stop(): void } {
    const { clock, requestTimeoutMs } = this.#parts
    const { promise, resolve, reject } = Promise.withResolvers<Box>()
    const look = (box: Box): void => {
      if (box.mac === wanted.mac && box.boxId !== null) resolve(box)
    }
    const silent = (): void => {
      const seconds = requestTimeoutMs / 1000
      const why = `VietQR did not answer the registration within ${seconds} s; a wrong box key is answered by silence too`
      reject(new GatewayError('HOST_SILENT', why))
    }
    this.#waiting.add(look)
    const cancel = clock.after(requestTimeoutMs, silent)
    const stop = (): void => {
      this.#waiting.delete(look)
      cancel()
    }
    promise.catch(stop)
    return { box: promise, stop }
  }

  /** The host listens for its acknowledgement, which says that the change is on disk; the rest of it takes the link. */
  #behind(work: Promise<void>): void {
    work.catch(error => this.#owner.trouble(error))
  }

  /** Its own topic first: a merchant may scan the certificate as soon as somebody sees it. */
  async #changed(box: Box): Promise<void> {
    await this.#owner.topicsChanged()
    // A link that was lost just now listens for it when it is back; N16 is said once, so until then nobody is shown what to scan.
    if (this.#parts.link.up) for (const look of this.#waiting) look(box)
    this.#owner.changed(box)
  }

  /**
   * Boxes publish their requests and cash reports as retained. One left at the host from before would be executed again at each
   * return of VietQR's server.
   */
  async #clear({ mac, terminalCode, hostClearedAt }: Box): Promise<void> {
    const { boxes, link, topics, clock } = this.#parts
    if (terminalCode === null || hostClearedAt !== null || !link.up) return
    try {
      await link.clearRetained(topics.request(terminalCode))
      await link.clearRetained(topics.cash(terminalCode))
      await boxes.noteHostCleared(mac, clock.now())
    } catch (error) {
      // The link went away; it is done when it is back.
      if (!(error instanceof HostDownError)) throw error
    }
  }
}
