import { type Mosquitto, startMosquitto } from '../support/mosquitto.ts'

/** All in memory, and silent but for the line that says it runs; the queue takes a whole burst. */
const PLAIN = [
  'log_type none',
  'log_type information',
  'connection_messages false',
  'persistence false',
  'max_inflight_messages 100',
  'max_queued_messages 0',
  'set_tcp_nodelay true',
]

/** The broker of the host. */
export function startHostBroker(): Promise<Mosquitto> {
  return startMosquitto({ extra: PLAIN.join('\n') })
}

/** A second broker that takes over everything the host says: the fastest way through, and it promises nothing. */
export function startBridge(hostPort: number): Promise<Mosquitto> {
  const bridge = [
    'connection host',
    `address 127.0.0.1:${hostPort}`,
    'bridge_protocol_version mqttv311',
    'remote_clientid bench-bridge',
    'notifications false',
    'restart_timeout 1',
    'topic vietqr/bdsd/+ in 1',
  ]
  return startMosquitto({ extra: [...PLAIN, ...bridge].join('\n') })
}
