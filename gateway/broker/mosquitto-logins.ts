import type { Settings } from '../config/schema.ts'
import { readSecret } from '../config/secrets.ts'
import { dataFiles } from '../data-dir.ts'
import type { Registry } from '../ledger/registry-book.ts'
import { type GatewayLogin, type WrittenLogins, writeMosquittoFiles } from './mosquitto-files.ts'
import { readIfThere, replaceFile } from './secret-file.ts'

type Place = Pick<Settings, 'dataDir' | 'broker'>

/** Writes the present logins into `directory`. @throws MosquittoFilesError, ConfigError */
export async function exportLogins(
  settings: Place,
  registry: Pick<Registry, 'logins'>,
  directory: string,
): Promise<WrittenLogins> {
  return writeMosquittoFiles(directory, await registry.logins(), gatewayLogin(settings))
}

function gatewayLogin({ broker }: Place): GatewayLogin | null {
  const { username } = broker
  // The file and not what was read at the start: whoever changes it and exports means the new one.
  const password = readSecret({ path: 'broker.passwordFile', file: broker.passwordFile }, {})
  return username === undefined || password === undefined ? null : { username, password }
}

/** Remembers where Mosquitto reads its logins, so that a running gateway keeps them current there. */
export async function rememberExport(settings: Place, directory: string): Promise<void> {
  const file = dataFiles(settings.dataDir).brokerExport
  if ((await rememberedExport(settings)) !== directory) await replaceFile(file, `${directory}\n`, 0o600)
}

/** Where `broker export` wrote last; null when it never did. */
export async function rememberedExport({ dataDir }: Place): Promise<string | null> {
  const text = await readIfThere(dataFiles(dataDir).brokerExport)
  return text === undefined ? null : text.replace(/\n$/, '')
}
