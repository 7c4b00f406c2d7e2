import { connectAsync, type IClientOptions, type MqttClient } from 'mqtt'
import { handleBoxCheckSum } from '../../protocol/vietqr/checksums.ts'
import { BOX_KEY, LOGIN } from './box-shop.ts'
import { Happenings } from './happenings.ts'

interface Heard {
  readonly topic: string
  readonly text: string
  readonly retained: boolean
}

/** Whoever has the login of the boxes and says what it likes. */
export class BoxClient implements AsyncDisposable {
  readonly heard: Heard[] = []
  open = true
  readonly client: MqttClient
  readonly #happenings = new Happenings()

  private constructor(client: MqttClient) {
    this.client = client
    client.on('error', () => {})
    client.on('message', (topic, payload, { retain }) => {
      this.heard.push({ topic, text: payload.toString(), retained: retain })
      this.#happenings.happened()
    })
    client.on('close', () => {
      this.open = false
      this.#happenings.happened()
    })
  }

  static async connect(url: string, clientId: string, more: IClientOptions = {}): Promise<BoxClient> {
    const options = {
      protocolVersion: 4,
      reconnectPeriod: 0,
      connectTimeout: 3000,
      ...LOGIN,
      clientId,
      ...more,
    } as const
    return new BoxClient(await connectAsync(url, options))
  }

  /** The QoS granted, 128 where it was refused. */
  async subscribe(filter: string): Promise<number> {
    return new Promise((resolve, reject) => {
      this.client.subscribe(filter, { qos: 1 }, (error, _grants, packet) => {
        const [code] = packet?.granted ?? []
        if (code !== undefined) resolve(Number(code))
        else reject(error ?? new Error('no SUBACK'))
      })
    })
  }

  async say(topic: string, payload: object | string, retain = true): Promise<void> {
    const text = typeof payload === 'string' ? payload : JSON.stringify(payload)
    await this.client.publishAsync(topic, text, { qos: 0, retain })
  }

  async asks(mac: string, checkSum = handleBoxCheckSum(mac, BOX_KEY)): Promise<void> {
    await this.say('/vqr/handle-box', { macAddr: mac, checkSum }, false)
  }

  async hears(topic: string, times = 1): Promise<string> {
    const on = (): Heard[] => this.heard.filter(heard => heard.topic === topic)
    await this.#happenings.until(() => on().length >= times, `${times} messages on ${topic}`)
    return on()[times - 1]?.text ?? ''
  }

  async closed(milliseconds = 5000): Promise<void> {
    await this.#happenings.until(() => !this.open, 'the connection is closed', milliseconds)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.endAsync(true)
  }
}
