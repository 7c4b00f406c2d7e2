/**
 * The rules of the EG800AK sound box (public firmware). It searches the text for its keys instead of parsing, reads 511 bytes
 * of a message and no more, and answers with `payment_ack` before it plays.
 */
import type { Act, SoundboxFirmware } from './firmware.ts'

const READ_BYTES = 511
const ID_CHARACTERS = 39
const REMEMBERED = 32
const QUEUE = 8
const MOST_SPOKEN = 999_999_999
const TOPIC_CHARACTERS = 95
const ERROR: Act = {
  act: 'play',
  clips: 1,
  effect: { effect: 'speak', kind: 'sound', text: 'error', file: 'error.mp3' },
}

export class Eg800ak implements SoundboxFirmware {
  readonly topics: readonly string[]
  readonly cleanSession = true
  readonly keepaliveSeconds = 30
  readonly bufferBytes = null
  readonly queue = QUEUE
  readonly will = null
  readonly #topic: string
  readonly #ids: string[] = []

  /** @throws RangeError for a topic the firmware has no room for */
  constructor(topic: string) {
    if (topic.length > TOPIC_CHARACTERS) throw new RangeError(`its topic has more than ${TOPIC_CHARACTERS} characters`)
    this.#topic = topic
    this.topics = [topic, `${topic}/cmd`]
  }

  hello(): readonly Act[] {
    return []
  }

  hear(topic: string, payload: Buffer): readonly Act[] {
    const text = payload.subarray(0, READ_BYTES).toString()
    return topic === this.#topic ? this.#payment(text) : this.#command(text)
  }

  #payment(text: string): readonly Act[] {
    const legacy = /^([^#{]+)#[^#]*#/.exec(text)
    // Its id is made of the clock: nothing is ever a duplicate of it.
    if (legacy?.[1] !== undefined) return this.#play(unitsOf(legacy[1]))
    const id = ['tx_id', 'txn_id', 'transaction_id'].map(key => textAt(text, key)).find(found => found !== null)
    const paise = /"amount_paise"\s*:\s*"?(\d{1,12})/.exec(text)?.[1]
    const amount = textAt(text, 'amount')
    const units = paise !== undefined ? Number(paise) / 100 : amount === null ? null : unitsOf(amount)
    if (id === undefined || id === null || units === null) return [ERROR]
    const kept = id.slice(0, ID_CHARACTERS)
    if (this.#ids.includes(kept)) return [this.#answer({ type: 'payment_ack', tx_id: kept, status: 'duplicate' })]
    this.#ids.push(kept)
    if (this.#ids.length > REMEMBERED) this.#ids.shift()
    return [this.#answer({ type: 'payment_ack', tx_id: kept, status: 'accepted' }), ...this.#play(units)]
  }

  /** Everything but `ping` wants a build that checks signatures. */
  #command(text: string): readonly Act[] {
    const cmd = textAt(text, 'cmd')
    if (cmd === null) return [{ act: 'ignore', reason: 'there is no cmd in the command' }]
    const status = cmd === 'ping' ? 'ok' : 'rejected'
    return [this.#answer({ type: 'cmd_ack', request_id: textAt(text, 'request_id') ?? '', cmd, status })]
  }

  #play(units: number | null): readonly Act[] {
    if (units === null || units <= 0 || units > MOST_SPOKEN) return [ERROR]
    const text = `received ${units.toLocaleString('en-IN', { maximumFractionDigits: 2 })}`
    return [{ act: 'play', clips: 2, effect: { effect: 'speak', kind: 'sound', text, file: 'clips' } }]
  }

  /** The topic of its answers is the vendor's choice; here it lies below that of its payments. */
  #answer(body: object): Act {
    return { act: 'publish', topic: `${this.#topic}/ack`, payload: JSON.stringify(body), qos: 1 }
  }
}

/** A text after its key, wherever the key stands; a number is not found, nor a text whose end was cut off. */
function textAt(text: string, key: string): string | null {
  return new RegExp(`"${key}"\\s*:\\s*"([^"]*)"`).exec(text)?.[1] ?? null
}

/** Digits and at most two places, up to the first other character: `25,000` is 25, `25.000` too. */
function unitsOf(text: string): number | null {
  const digits = /^\d+(?:\.\d{1,2})?/.exec(text)?.[0]
  return digits === undefined ? null : Number(digits)
}
