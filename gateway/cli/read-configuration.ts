import { addressUrl, hostPort } from '../config/addresses.ts'
import { findConfig, loadSettings } from '../config/load.ts'
import { loadSecrets } from '../config/secrets.ts'
import { details } from './text.ts'

/** Reads the configuration with its secrets and says briefly what it understood. @throws ConfigError */
export function readConfiguration(file: string | undefined): { readonly text: string } {
  const path = findConfig(file, process.cwd())
  const settings = loadSettings(path, process.env)
  const secrets = Object.keys(loadSecrets(settings, process.env))
  const { host, broker, http, payments } = settings
  const text = details([
    ['valid', path],
    ['site', settings.site],
    ['dataDir', settings.dataDir],
    ['host', `${host.url} (${host.environment}${host.username === undefined ? '' : `, user ${host.username}`})`],
    ['broker', broker.mode === 'external' ? (broker.url ?? null) : broker.listen.map(addressUrl).join(', ')],
    ['http', hostPort(http.listen)],
    ['confirm', payments.confirm],
    ['secrets', secrets.length === 0 ? 'none' : secrets.join(', ')],
  ])
  return { text }
}
