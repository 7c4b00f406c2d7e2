import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type BoxOwner, openBridgedBox, openNativeBox } from './boxes.ts'
import { startBridge, startHostBroker } from './brokers.ts'
import { GatewayProcess } from './gateway-process.ts'
import { burst, END, topicOf } from './payments.ts'
import { END_DEVICE, Shop, type ShopSize } from './shop.ts'
import { Wire } from './wire.ts'

/** One of those that stand beside each other: something that takes payments from a host broker of its own. */
export class Relay implements AsyncDisposable {
  readonly name: string
  /** Where its devices connect; 0 when it has none. */
  readonly devicePort: number
  readonly gateway: GatewayProcess | undefined
  readonly load: Wire
  readonly #end: EndMark
  readonly #parts: AsyncDisposableStack

  constructor(
    name: string,
    load: Wire,
    end: EndMark,
    parts: AsyncDisposableStack,
    devicePort = 0,
    gateway?: GatewayProcess,
  ) {
    this.name = name
    this.devicePort = devicePort
    this.gateway = gateway
    this.load = load
    this.#end = end
    this.#parts = parts
  }

  /**
   * Has it take `count` payments as fast as it can; the seconds from the first byte until it has taken the last: the bridge
   * into its second broker, the others onto the disk.
   *
   * Both legs are QoS 1 for all of them. Acknowledgements leave in the order the messages came, and a commit's all at once, so
   * by then all before the last commit are acknowledged too. Mosquitto 2.0.11 keeps to its `max_inflight_messages` only until
   * the first acknowledgement.
   */
  async take(count: number, terminals: number): Promise<number> {
    const bytes = burst(count, terminals)
    const ended = this.#end.next()
    const started = performance.now()
    this.load.write(bytes)
    await ended
    return (performance.now() - started) / 1000
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.disposeAsync()
  }
}

/** Hears the last payment of a burst. */
class EndMark implements BoxOwner {
  #heard = Promise.withResolvers<void>()

  next(): Promise<void> {
    this.#heard = Promise.withResolvers()
    return this.#heard.promise
  }

  heard(): void {
    this.#heard.resolve()
  }

  heardAgain(): void {}
  answering(): void {}
  answered(): void {}
}

export async function openBridge(): Promise<Relay> {
  const parts = new AsyncDisposableStack()
  const host = parts.use(await startHostBroker())
  const bridge = parts.use(await startBridge(host.port))
  const end = new EndMark()
  parts.adopt(await openBridgedBox(bridge.port, END_DEVICE, topicOf(END), end), box => box.close())
  const relay = new Relay('bridge', await openLoad(host.port, parts), end, parts, bridge.port)
  // A bridge does not say when it is connected: it is when something comes through.
  for (let through = false; !through; ) {
    through = await Promise.race([relay.take(0, 1).then(() => true), delay(200, false)])
  }
  return relay
}

export async function openGateway(program: string, size: ShopSize, under: readonly string[] = []): Promise<Relay> {
  const parts = new AsyncDisposableStack()
  const host = parts.use(await startHostBroker())
  const gateway = parts.use(await GatewayProcess.start({ program, hostUrl: host.url, size, under }))
  const end = new EndMark()
  parts.adopt(await openNativeBox(gateway.devicePort, END_DEVICE, end), box => box.close())
  return new Relay('gateway', await openLoad(host.port, parts), end, parts, gateway.devicePort, gateway)
}

export async function openNaive(size: ShopSize): Promise<Relay> {
  const parts = new AsyncDisposableStack()
  const host = parts.use(await startHostBroker())
  const shop = parts.use(await Shop.open(host.url, 0, size))
  const child = fork(join(import.meta.dirname, 'main.ts'), ['naive', String(host.port), shop.database], {
    execArgv: [],
  })
  parts.defer(async () => {
    const exited = once(child, 'exit')
    child.disconnect()
    await exited
  })
  await once(child, 'message')
  const end = new EndMark()
  child.on('message', () => end.heard())
  return new Relay('naive', await openLoad(host.port, parts), end, parts)
}

async function openLoad(port: number, parts: AsyncDisposableStack): Promise<Wire> {
  return parts.adopt(await Wire.open(port, { clientId: 'bench-load' }, () => {}), load => load.close())
}
