import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { removeFolder, temporaryFolder } from './leftovers.ts'
import { MosquittoProcess } from './mosquitto-process.ts'

/** Beside the sources in a checkout, one folder further up in a package. */
const CONFIGURATION = ['../../mosquitto.conf', '../../../mosquitto.conf']
  .map(path => fileURLToPath(new URL(path, import.meta.url)))
  .find(path => existsSync(path))

/** The shop's broker: Mosquitto with the mosquitto.conf of this repository, on another port, in a folder of its own. */
export class ShopBroker implements AsyncDisposable {
  readonly folder: string
  readonly port: number
  readonly #process: MosquittoProcess

  private constructor(folder: string, port: number) {
    this.folder = folder
    this.port = port
    this.#process = new MosquittoProcess(join(folder, 'mosquitto.conf'), folder)
  }

  /** Writes the configuration, `more` behind it; `broker export` into `exports` has to come before `start`. */
  static async prepare(port: number, more = ''): Promise<ShopBroker> {
    if (CONFIGURATION === undefined) throw new Error('mosquitto.conf is not in this package')
    // Started by root, Mosquitto becomes another user, who has to come through here.
    const folder = temporaryFolder('vietqr-shop-broker-', 0o711)
    const text = await readFile(CONFIGURATION, 'utf8')
    const here = text.replace('\nlistener 1883 ', `\nlog_type information\nlistener ${port} `)
    await writeFile(join(folder, 'mosquitto.conf'), `${here}\n${more}\n`)
    return new ShopBroker(folder, port)
  }

  /** The folder the configuration names. */
  get exports(): string {
    return join(this.folder, 'mosquitto')
  }

  get url(): string {
    return `mqtt://127.0.0.1:${this.port}`
  }

  /** The `broker` section of a gateway that is to use it; the file holds the password of its login. */
  section(passwordFile: string) {
    const reload = { pidFile: join(this.exports, 'mosquitto.pid') }
    return { mode: 'external', url: this.url, username: 'gateway', passwordFile, reload }
  }

  log(): string {
    return this.#process.log()
  }

  start(): Promise<void> {
    return this.#process.start()
  }

  stop(): Promise<void> {
    return this.#process.stop()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
    removeFolder(this.folder)
  }
}
