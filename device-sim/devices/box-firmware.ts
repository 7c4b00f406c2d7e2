import type { Clock } from '../../gateway/clock.ts'
import type { OrderWish } from './device.ts'
import type { EffectBody } from './effects.ts'
import type { Quirks } from './quirks.ts'

/** What a box keeps in its flash while its power is away. */
export interface BoxFlash {
  boxId: string | null
  qrCertificate: string | null
  /** What a counter display shows while nothing is asked. */
  staticScreen: EffectBody | null
  /** It was activated: N16 came. */
  bank: { readonly bankAccount: string; readonly bankCode: string; readonly userBankName: string } | null
}

/** A message as the firmware reads it. */
export interface BoxMessage {
  readonly topic: string
  readonly text: string
}

/** What the firmware of a box has to work with. */
export interface BoxBoard {
  readonly quirks: Quirks
  readonly clock: Clock
  readonly flash: BoxFlash
  /** Numbers from 0 up to 1, for the ids it makes. */
  random(): number
  show(effect: EffectBody): void
  /** As its quirks have it; lost where there is no link. */
  publish(topic: string, payload: string): void
  /** It reads nothing from now on, or again. */
  busy(busy: boolean): void
  problem(reason: string): void
}

/** One kind of box above its connection: its screens, its sound, its machine. */
export interface BoxFirmware {
  /** Client id of a connection, counted from 0 since power-on. */
  clientId(mac: string, connection: number): string
  /** What it subscribes to at QoS 1 once it knows who it is. */
  topics(boxId: string): readonly string[]
  /** Whether it hears anything after this connection without being paired anew; for one that knows who it is. */
  hearsAfter(connection: number): boolean
  /** It was switched on. */
  powered(): void
  hear(message: BoxMessage): void
  /** @throws Error where it has no keys for that */
  order(wish: OrderWish): void
  cancel(): void
  key(line: string): void
  stop(): void
}

/** A text of a JSON object as a C string: null for what is missing or no text. */
export function textOf(value: unknown, key: string): string | null {
  const found = fieldOf(value, key)
  return typeof found === 'string' ? found : null
}

export function fieldOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null
    ? Object.entries(value).find(([name]) => name === key)?.[1]
    : undefined
}
