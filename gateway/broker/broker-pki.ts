import { hostname } from 'node:os'
import type { Settings } from '../config/schema.ts'
import { ensurePki, type Pki } from './pki.ts'

/** The gateway's own CA and the certificate of its broker; made on first need, by `run` or by `devices pair`. @throws PkiError */
export function brokerPki(settings: Settings): Promise<Pki> {
  const { broker, dataDir, site } = settings
  const listening = broker.listen.map(address => address.host).filter(host => host !== '0.0.0.0' && host !== '::')
  const names = [...new Set([broker.advertise, hostname(), 'localhost', '127.0.0.1', '::1', ...listening])]
  return ensurePki(dataDir, site, names, new Date())
}
