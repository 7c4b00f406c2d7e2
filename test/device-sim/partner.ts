import { connectAsync, type MqttClient } from 'mqtt'
import { Happenings } from '../support/happenings.ts'

export interface Heard {
  readonly topic: string
  readonly text: string
  readonly retained: boolean
}

interface Login {
  readonly username?: string
  readonly password?: string
  readonly ca?: string
}

/** An MQTT client of a test: it hears `filters` and remembers everything in order. */
export class Partner {
  readonly heard: Heard[] = []
  readonly #client: MqttClient
  readonly #happenings = new Happenings()

  private constructor(client: MqttClient) {
    this.#client = client
    client.on('message', (topic, payload, packet) => {
      this.heard.push({ topic, text: payload.toString(), retained: packet.retain })
      this.#happenings.happened()
    })
  }

  static async connect(url: string, filters: readonly string[], login: Login = {}): Promise<Partner> {
    const client = await connectAsync(url, { ...login, protocolVersion: 4, reconnectPeriod: 0 }, false)
    const partner = new Partner(client)
    if (filters.length > 0) await client.subscribeAsync([...filters], { qos: 1 })
    return partner
  }

  async publish(topic: string, payload: unknown, retain = false): Promise<void> {
    const text = typeof payload === 'string' ? payload : JSON.stringify(payload)
    await this.#client.publishAsync(topic, text, { qos: 1, retain })
  }

  /** The first message that fits, heard already or still to come. */
  async hear(fits: (heard: Heard) => boolean, what: string): Promise<Heard> {
    await this.#happenings.until(() => this.heard.some(fits), `${what}; heard ${this.#topics()}`)
    const found = this.heard.find(fits)
    if (found === undefined) throw new Error('what was heard is gone')
    return found
  }

  /** The first message on `topic`. */
  on(topic: string): Promise<Heard> {
    return this.hear(heard => heard.topic === topic, `a message on ${topic}`)
  }

  forget(): void {
    this.heard.length = 0
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.endAsync(true)
  }

  #topics(): string {
    return this.heard.map(({ topic }) => topic).join(', ') || 'nothing'
  }
}
