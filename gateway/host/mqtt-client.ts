import type { Duplex } from 'node:stream'
import { MqttClient, UniqueMessageIdProvider } from 'mqtt'
import type { RepeatingTimer } from './keepalive-timer.ts'

export interface MqttClientSettings {
  /** 4 is MQTT 3.1.1. With 5 the broker also says whether anybody was subscribed to what is published. */
  readonly version: 4 | 5
  readonly username?: string
  readonly password?: string
  readonly clientId: string
  readonly clean: boolean
  readonly keepaliveSeconds: number
}

const LONGEST_TIMER_MS = 2_147_483_647
/** Of MQTT 5: a session without end. */
const FOR_EVER = 0xffff_ffff

/** MQTT.js for one connection, over a stream that is open; it does nothing until its `connect()`. */
export function createClient(stream: Duplex, settings: MqttClientSettings, keepalive: RepeatingTimer): MqttClient {
  const { username, password, clientId, clean, keepaliveSeconds, version } = settings
  return new MqttClient(() => stream, {
    manualConnect: true,
    protocolId: 'MQTT',
    protocolVersion: version,
    clientId,
    clean,
    ...(version === 5 && !clean ? { properties: { sessionExpiryInterval: FOR_EVER } } : {}),
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    keepalive: keepaliveSeconds,
    timerVariant: keepalive,
    reconnectPeriod: 0,
    resubscribe: false,
    queueQoSZero: false,
    // 65,536 buffers, one for each packet id: 10 MB for less time than it takes to notice.
    writeCache: false,
    // MQTT.js's own ids go round without looking whether an old one is still in use.
    messageIdProvider: new UniqueMessageIdProvider(),
    // The deadline on the gateway's clock is the one that counts.
    connectTimeout: LONGEST_TIMER_MS,
    // Its debug log prints whole packets, the password in CONNECT among them.
    log: () => {},
  })
}
