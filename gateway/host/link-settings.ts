import type { Settings } from '../config/schema.ts'
import type { Secrets } from '../config/secrets.ts'
import type { MqttSessionSettings } from './mqtt-session.ts'

/** The session at the host, as configured. */
export function linkSettings(host: Settings['host'], secrets: Secrets): MqttSessionSettings {
  return {
    url: host.url,
    clientId: host.clientId,
    clean: host.session === 'clean',
    keepaliveSeconds: host.keepalive / 1000,
    ...(host.username === undefined ? {} : { username: host.username }),
    ...(secrets.hostPassword === undefined ? {} : { password: secrets.hostPassword }),
    ...(secrets.hostCa === undefined ? {} : { ca: secrets.hostCa }),
    ...(secrets.hostCert === undefined ? {} : { cert: secrets.hostCert }),
    ...(secrets.hostKey === undefined ? {} : { key: secrets.hostKey }),
  }
}
