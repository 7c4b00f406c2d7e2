import { z } from 'zod'
import type { Device } from '../devices/device.ts'
import { SimulatedBox } from '../devices/simulated-box.ts'
import type { ControlClient } from '../people/control-client.ts'
import type { Stage } from '../stage/stage.ts'
import type { ScenarioBox } from './scenario-file.ts'
import { StoryFailure } from './verb.ts'

/** A real box waits for seconds; a story has few. */
const BACKOFF = { first: 500, most: 1_000 }

const cardShape = z.object({ terminalCode: z.string() })
const boundShape = z.array(z.object({ view: z.object({ deviceId: z.string() }) }))
const pushedShape = z.object({ orderId: z.string().nullable() })

interface PairedBox {
  readonly mac: string
  /** As VietQR has named it with its id. */
  readonly terminal: string
}

/** VietQR's own boxes in a story: how they are paired, and what merchants do with them in VietQR's app. */
export class SceneBoxes {
  readonly #stage: Stage
  readonly #control: ControlClient
  readonly #paired = new Map<string, PairedBox>()

  constructor(stage: Stage, control: ControlClient) {
    this.#stage = stage
    this.#control = control
  }

  has(id: string): boolean {
    return this.#paired.has(id)
  }

  /** @throws StoryFailure for a device that is no box */
  terminal(id: string): string {
    return this.#of(id).terminal
  }

  /** Registers a box as a technician does; the simulated one, still without power. */
  async pair({ kind, id, mac, quirks }: ScenarioBox, index: number): Promise<Device> {
    // Of the range everybody may use for addresses of their own.
    const own = mac ?? `02:00:00:00:00:${(index + 1).toString(16).padStart(2, '0').toUpperCase()}`
    const { boxAccess } = this.#stage
    if (boxAccess === null) throw new StoryFailure('this stage was opened without boxes')
    const card = cardShape.parse(await this.#stage.gateway.ask('devices pair box', { kind, mac: own, id }))
    this.#paired.set(id, { mac: own, terminal: card.terminalCode })
    return new SimulatedBox({ kind, mac: own, ...boxAccess, quirks, backoff: BACKOFF })
  }

  /** A merchant scans the certificate. */
  async activate(id: string, bankAccount: string, terminalName: string): Promise<void> {
    await this.#control.ask('POST', '/boxes/bind', { box: this.#of(id).mac, bankAccount, terminalName })
  }

  /** Whether the gateway has heard that a merchant activated it. */
  async isBound(id: string): Promise<boolean> {
    const rows = boundShape.parse(await this.#stage.gateway.ask('devices list', { limit: 0 }))
    return rows.some(({ view }) => view.deviceId === id)
  }

  async payStatic(id: string, amount: number): Promise<void> {
    await this.#control.ask('POST', '/boxes/pay', { box: this.#of(id).mac, amount })
  }

  /** The order of VietQR's that a pushed code belongs to. */
  async push(id: string, amount: number, content: string): Promise<string | undefined> {
    const pushed = await this.#control.ask('POST', '/boxes/push', { box: this.#of(id).mac, amount, content })
    return pushedShape.parse(pushed).orderId ?? undefined
  }

  async takeOff(id: string): Promise<void> {
    await this.#control.ask('POST', '/boxes/clear', { box: this.#of(id).mac })
  }

  /** The text with the terminal code of a box in the place of `{its id}`. */
  filled(text: string): string {
    return text.replace(/\{([a-z0-9-]+)\}/g, (_, id: string) => this.terminal(id))
  }

  #of(id: string): PairedBox {
    const box = this.#paired.get(id)
    if (box === undefined) throw new StoryFailure(`${id} is none of VietQR's boxes`)
    return box
  }
}
