import { createHash } from 'node:crypto'
import { connectAsync, type MqttClient } from 'mqtt'
import { Happenings } from '../support/happenings.ts'

type Fields = Readonly<Record<string, unknown>>

const REQUEST_FIELDS =
  'amount content bankAccount bankCode userBankName transType orderId terminalCode serviceCode additionalData'.split(
    ' ',
  )
const LOOKUP_FIELDS = ['bankAccount', 'type', 'value', 'checkSum']

/**
 * VietQR's service as the tests script it. Like the real one it answers only requests of its strict field set: anything else is
 * refused by silence, and remembered as such.
 */
export class ScriptedHost implements AsyncDisposable {
  readonly requests: Fields[] = []
  readonly lookups: Fields[] = []
  readonly refused: string[] = []
  /** The QR answer as text, or null for silence. */
  answerRequest: (request: Fields) => string | null = () => null
  /** The lookup reply as text, or null for silence. */
  answerLookup: (lookup: Fields) => string | null = () => '[]'
  readonly #client: MqttClient
  readonly #happenings = new Happenings()

  private constructor(client: MqttClient) {
    this.#client = client
  }

  static async connect(url: string, login: { ca: string; username: string; password: string }): Promise<ScriptedHost> {
    const client = await connectAsync(url, { ...login, protocolVersion: 4 })
    const host = new ScriptedHost(client)
    client.on('message', (topic, payload, { retain }) => host.#take(topic, payload.toString(), retain))
    await client.subscribeAsync(['vietqr/request/#', 'vietqr/request-status/#'], { qos: 1 })
    return host
  }

  async tellBalanceChange(terminalCode: string, payload: string | Buffer): Promise<void> {
    await this.#client.publishAsync(`vietqr/bdsd/${terminalCode}`, payload, { qos: 1 })
  }

  async say(topic: string, payload: string | Buffer): Promise<void> {
    await this.#client.publishAsync(topic, payload, { qos: 1 })
  }

  /** Resolves once it was asked about each of these values, not counting its first `from` lookups. */
  async lookedUp(values: Iterable<string>, from: number, milliseconds: number): Promise<void> {
    const left = new Set(values)
    const asked = (): boolean => {
      for (const { value } of this.lookups.slice(from)) left.delete(String(value))
      return left.size === 0
    }
    await this.#happenings.until(asked, 'a lookup of each order', milliseconds)
  }

  async asked(count: number): Promise<void> {
    await this.#happenings.until(() => this.requests.length >= count, `${count} QR requests`, 8000)
  }

  #take(topic: string, payload: string, retained: boolean): void {
    const [, kind, terminalCode] = topic.split('/')
    const fields: Fields = JSON.parse(payload)
    const request = kind === 'request'
    if (retained || !isStrict(fields, request ? REQUEST_FIELDS : LOOKUP_FIELDS)) {
      this.refused.push(payload)
      return
    }
    if (request) this.requests.push(fields)
    else this.lookups.push(fields)
    const answer = request ? this.answerRequest(fields) : this.answerLookup(fields)
    // The reply address of a QR comes from the payload, as at the real host.
    const to = request ? `vietqr/response/${String(fields.terminalCode)}` : `vietqr/response-status/${terminalCode}`
    if (answer !== null) void this.#client.publishAsync(to, answer, { qos: 1 })
    this.#happenings.happened()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.endAsync(true)
  }
}

function isStrict(fields: Fields, known: readonly string[]): boolean {
  return Object.keys(fields).every(name => known.includes(name))
}

/** The lookup checksum as VietQR computes it: MD5 of account and holder name. */
export function checkSum(bankAccount: string, holder: string): string {
  return createHash('md5')
    .update(bankAccount + holder)
    .digest('hex')
}
