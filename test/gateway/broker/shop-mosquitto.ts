/** The external broker of a gateway on a real Mosquitto with the mosquitto.conf of this repository. */
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { connectAsync, type IClientOptions, type MqttClient } from 'mqtt'
import { ShopBroker } from '../../../device-sim/stage/shop-broker.ts'
import { ExternalBroker } from '../../../gateway/broker/external-broker.ts'
import { exportLogins, rememberExport } from '../../../gateway/broker/mosquitto-logins.ts'
import { systemClock } from '../../../gateway/clock.ts'
import { parseSettings } from '../../../gateway/config/load.ts'
import { mosquittoHash } from '../../../gateway/devices/mosquitto-password.ts'
import type { DeviceLogin } from '../../../gateway/ledger/registry-book.ts'
import { createLogger } from '../../../gateway/log.ts'
import { freePort } from '../../support/free-port.ts'
import { Owner } from './support.ts'

const PASSWORD = 'gateway-for-tests'

/** Who may log in; every password is `pw-` and the id. */
export class Logins {
  readonly #listeners = new Set<() => Promise<void>>()
  #known: readonly DeviceLogin[]

  constructor(ids: readonly string[]) {
    this.#known = ids.map(deviceId => ({ deviceId, mosquittoHash: mosquittoHash(`pw-${deviceId}`) }))
  }

  async logins(): Promise<readonly DeviceLogin[]> {
    return this.#known
  }

  onLoginsChanged(listener: () => Promise<void>): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async remove(deviceId: string): Promise<void> {
    this.#known = this.#known.filter(login => login.deviceId !== deviceId)
    await Promise.all([...this.#listeners].map(listener => listener()))
  }
}

export interface ShopMosquitto {
  readonly mosquitto: ShopBroker
  readonly logins: Logins
  /** A gateway's side of it, not started. */
  gateway(): { readonly bus: ExternalBroker; readonly owner: Owner }
  device(id: string, more?: IClientOptions): Promise<MqttClient>
}

/** Exports and starts Mosquitto; what is made from it ends with the test. `more` are more lines of its configuration. */
export async function shopMosquitto(t: TestContext, ids: readonly string[], more = ''): Promise<ShopMosquitto> {
  const mosquitto = await ShopBroker.prepare(await freePort(), more)
  const folder = await mkdtemp(join(tmpdir(), 'vietqr-external-'))
  const ends: (() => Promise<unknown>)[] = [
    () => mosquitto[Symbol.asyncDispose](),
    () => rm(folder, { recursive: true, force: true }),
  ]
  t.after(async () => {
    for (const end of ends.reverse()) await end()
  })
  await chmod(folder, 0o700)
  await mkdir(join(folder, 'data'))
  await writeFile(join(folder, 'password'), PASSWORD, { mode: 0o600 })
  const broker = mosquitto.section('./password')
  const settings = parseSettings(
    { site: 'test', host: { url: 'mqtts://localhost:1' }, broker, log: { level: 'fatal', pretty: false } },
    folder,
    {},
  )
  const logins = new Logins(ids)
  await exportLogins(settings, logins, mosquitto.exports)
  await rememberExport(settings, mosquitto.exports)
  await mosquitto.start()
  const log = createLogger(settings.log)
  return {
    mosquitto,
    logins,
    gateway() {
      const owner = new Owner()
      const bus = new ExternalBroker({ settings, password: PASSWORD, registry: logins, owner, clock: systemClock, log })
      ends.push(() => bus.stop())
      return { bus, owner }
    },
    async device(id, more = {}) {
      const login = {
        username: id,
        password: `pw-${id}`,
        clientId: id,
        protocolVersion: 4 as const,
        reconnectPeriod: 0,
      }
      const client = await connectAsync(mosquitto.url, { ...login, ...more })
      client.on('error', () => undefined)
      ends.push(() => client.endAsync(true))
      return client
    },
  }
}
