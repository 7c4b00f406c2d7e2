/** The two Mosquittos of a stage whose brokers they are: VietQR's, and the one where the devices of the shop meet. */
import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { exportLogins, rememberExport } from '../../gateway/broker/mosquitto-logins.ts'
import { loadSettings } from '../../gateway/config/load.ts'
import { createDataDir } from '../../gateway/data-dir.ts'
import { mosquittoHash } from '../../gateway/devices/mosquitto-password.ts'
import { removeFolder, temporaryFolder } from './leftovers.ts'
import { MosquittoProcess, startOnFreePort } from './mosquitto-process.ts'
import { ShopBroker } from './shop-broker.ts'

interface Login {
  readonly username: string
  readonly password: string
}

/** VietQR's: one login for all, no rules. */
export function startHostMosquitto(login: Login): Promise<{ readonly url: string } & AsyncDisposable> {
  return startOnFreePort(port => HostMosquitto.prepare(port, login))
}

class HostMosquitto implements AsyncDisposable {
  readonly url: string
  readonly #folder: string
  readonly #process: MosquittoProcess

  private constructor(folder: string, port: number) {
    this.url = `mqtt://127.0.0.1:${port}`
    this.#folder = folder
    this.#process = new MosquittoProcess(join(folder, 'mosquitto.conf'), folder)
  }

  static async prepare(port: number, { username, password }: Login): Promise<HostMosquitto> {
    const folder = temporaryFolder('vietqr-host-broker-')
    const lines = [
      // Started by root, it would otherwise become a user who may not read the temporary folder.
      ...(process.getuid?.() === 0 ? ['user root'] : []),
      `listener ${port} 127.0.0.1`,
      'log_dest stderr',
      'persistence false',
      'max_queued_messages 0',
      'allow_anonymous false',
      'password_file passwords',
    ]
    await writeFile(join(folder, 'passwords'), `${username}:${mosquittoHash(password)}\n`, { mode: 0o600 })
    await writeFile(join(folder, 'mosquitto.conf'), `${lines.join('\n')}\n`)
    return new HostMosquitto(folder, port)
  }

  log(): string {
    return this.#process.log()
  }

  start(): Promise<void> {
    return this.#process.start()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process.stop()
    removeFolder(this.#folder)
  }
}

/**
 * The shop's: Mosquitto with the mosquitto.conf of this repository and the files a gateway without devices exports.
 * @param folder of the gateway's configuration, where its password for Mosquitto is left
 * @param configure writes that configuration with this `broker` section; its path
 */
export function startShopMosquitto(
  folder: string,
  configure: (broker: Readonly<Record<string, unknown>>) => string,
): Promise<AsyncDisposable> {
  writeFileSync(join(folder, 'broker-password'), randomBytes(18).toString('base64url'), { mode: 0o600 })
  return startOnFreePort(async port => {
    const broker = await ShopBroker.prepare(port)
    const settings = loadSettings(configure(broker.section('./broker-password')), {})
    createDataDir(settings.dataDir)
    await exportLogins(settings, { logins: async () => [] }, broker.exports)
    await rememberExport(settings, broker.exports)
    return broker
  })
}
