import { z } from 'zod'
import type { ControlClient } from '../people/control-client.ts'
import type { Stage } from '../stage/stage.ts'
import { until } from './until.ts'

type Row = Readonly<Record<string, unknown>>
export type Fields = Readonly<Record<string, unknown>>

const rowShape = z.record(z.string(), z.unknown())
const orderShape = z.looseObject({ orderId: z.string(), deviceId: z.string().nullable() })
const traceShape = z.object({
  steps: z.array(z.object({ ms: z.number(), step: z.string(), subject: z.string().nullable(), text: z.string() })),
})

/** What stands in the books of the gateway and in the journal of the host. */
export class SceneBooks {
  readonly #stage: Stage
  readonly #control: ControlClient

  constructor(stage: Stage, control: ControlClient) {
    this.#stage = stage
    this.#control = control
  }

  /** @throws StoryFailure when the order does not come to stand as wanted in time */
  async untilOrder(id: string, fields: Fields, within: number): Promise<void> {
    let row: Row = {}
    const stands = async (): Promise<boolean> => {
      row = rowShape.parse(await this.#ask('orders show', { id }))
      return agrees(row, fields)
    }
    const seen = (): string => JSON.stringify(Object.fromEntries(Object.keys(fields).map(key => [key, row[key]])))
    await until(stands, () => `order ${id} ${JSON.stringify(fields)}; it is ${seen()}`, within)
  }

  /** @throws StoryFailure when there are not so many such rows in time */
  async untilCount(
    command: string,
    { count, within, fields }: { readonly count: number; readonly within: number; readonly fields: Fields },
  ): Promise<void> {
    let rows: readonly Row[] = []
    const enough = async (): Promise<boolean> => {
      rows = z.array(rowShape).parse(await this.#ask(command, { limit: 0 }))
      return rows.filter(row => agrees(row, fields)).length === count
    }
    const seen = (): string => `${count} of ${command} ${JSON.stringify(fields)}; there are ${JSON.stringify(rows)}`
    await until(enough, seen, within)
  }

  /** @throws StoryFailure when the host has not had so many messages on this topic in time */
  async untilHeard(topic: string, count: number, within: number): Promise<void> {
    let heard = 0
    const enough = async (): Promise<boolean> => {
      const path = `/log?event=received&topic=${encodeURIComponent(topic)}`
      heard = z.array(z.unknown()).parse(await this.#control.ask('GET', path)).length
      return heard === count
    }
    await until(enough, () => `the host hears ${count} messages on ${topic}; it heard ${heard}`, within)
  }

  /** The orders of a device. */
  async ordersOf(id: string): Promise<readonly string[]> {
    const orders = z.array(orderShape).parse(await this.#ask('orders list', { limit: 0 }))
    return orders.filter(({ deviceId }) => deviceId === id).map(({ orderId }) => orderId)
  }

  /** How the gateway itself tells the way of an order. */
  async trace(orderId: string): Promise<readonly string[]> {
    const { steps } = traceShape.parse(await this.#ask('trace', { about: orderId }))
    return steps.map(({ ms, step, subject, text }) => `+${ms} ms ${step} ${subject ?? ''} ${text}`)
  }

  #ask(command: string, args: object): Promise<unknown> {
    return this.#stage.gateway.ask(command, args)
  }
}

function agrees(row: Row, fields: Fields): boolean {
  return Object.entries(fields).every(([key, value]) => value === undefined || String(row[key]) === String(value))
}
