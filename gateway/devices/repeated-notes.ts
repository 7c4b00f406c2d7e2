import type { Acknowledgement } from '../../protocol/local/up.ts'
import type { Clock } from '../clock.ts'
import { USUAL_PACE } from './profiles/profile.ts'

/** As long as a device waits that cannot do something just now (contract: `busy` = again after 5 s). */
const BUSY_MS = 5000

export interface NoteSender {
  /** False when the device cannot be reached now. */
  send(deviceId: string, path: string, payload: string): Promise<boolean>
  /** Nothing came back, however often it was sent. */
  unanswered(deviceId: string, path: string): void
}

interface OpenNote {
  readonly deviceId: string
  readonly path: string
  readonly id: string
  /** As it is at the moment: a note carries the time. */
  readonly payload: () => string
  /** Epoch milliseconds after which nobody needs it; null while it is true. */
  readonly until: number | null
  sendings: number
  cancel: () => void
}

/**
 * Notes that are sent again, with the same id, until the device answers: a device that lost one on its way hears it all the same.
 *
 * One note of a path is open for each device; the next one takes its place, because only the newest is true. A note ends with any
 * answer but `busy`, with its time, or when the device cannot be reached: at its return it is told what is true then. In
 * memory only: a new process tells every device anew.
 */
export class RepeatedNotes {
  readonly #clock: Clock
  readonly #sender: NoteSender
  readonly #open = new Map<string, OpenNote>()

  constructor(clock: Clock, sender: NoteSender) {
    this.#clock = clock
    this.#sender = sender
  }

  /** Sends it now; resolves when it is on its way or the device is away. */
  async tell(deviceId: string, path: string, id: string, payload: () => string, until: number | null): Promise<void> {
    const key = `${deviceId} ${path}`
    this.#open.get(key)?.cancel()
    const note: OpenNote = { deviceId, path, id, payload, until, sendings: 0, cancel: () => {} }
    this.#open.set(key, note)
    await this.#send(note)
  }

  answered(deviceId: string, { id, status }: Pick<Acknowledgement, 'id' | 'status'>): void {
    const note = this.#of(deviceId).find(open => open.id === id)
    if (note === undefined) return
    if (status === 'busy') this.#again(note, BUSY_MS)
    else this.#end(note)
  }

  /** The device is gone, or is somebody else's from now on. */
  forget(deviceId: string): void {
    for (const note of this.#of(deviceId)) this.#end(note)
  }

  stop(): void {
    for (const note of this.#open.values()) note.cancel()
    this.#open.clear()
  }

  async #send(note: OpenNote): Promise<void> {
    note.sendings += 1
    const arrives = await this.#sender.send(note.deviceId, note.path, note.payload())
    // Answered, replaced or forgotten while it was sent.
    if (this.#open.get(`${note.deviceId} ${note.path}`) !== note) return
    if (arrives) this.#again(note, USUAL_PACE.resendMs * 2 ** (note.sendings - 1))
    else this.#end(note)
  }

  #again(note: OpenNote, afterMs: number): void {
    note.cancel()
    note.cancel = this.#clock.after(afterMs, () => {
      if (note.until !== null && this.#clock.now() >= note.until) this.#end(note)
      else if (note.sendings < USUAL_PACE.attempts) void this.#send(note)
      else {
        this.#end(note)
        this.#sender.unanswered(note.deviceId, note.path)
      }
    })
  }

  #end(note: OpenNote): void {
    note.cancel()
    this.#open.delete(`${note.deviceId} ${note.path}`)
  }

  #of(deviceId: string): readonly OpenNote[] {
    return [...this.#open.values()].filter(note => note.deviceId === deviceId)
  }
}
