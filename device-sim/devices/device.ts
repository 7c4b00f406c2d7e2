import type { EventEmitter } from 'node:events'
import type { Effect } from './effects.ts'
import type { SimulatedKind } from './quirks.ts'

/** What can be watched of a device. */
export interface DeviceEvents {
  effect: [effect: Effect]
  /** It has subscribed to all it hears: from now on it can be told. */
  reachable: []
  gone: []
  /** A link, login or message that does not work, in a sentence. */
  problem: [reason: string]
}

/** An order as a person types it in. */
export interface OrderWish {
  /** Whole VND. */
  readonly amount: number
  readonly content?: string | undefined
  readonly ticket?: string | undefined
  readonly counter?: string | undefined
  readonly item?: string | undefined
  /** Seconds. */
  readonly ttl?: number | undefined
  /** A new one when left out. */
  readonly requestId?: string | undefined
}

/** The keys of a counter-call device. */
export const CALL_KEYS = ['next', 'recall', 'serve', 'skip', 'pause', 'resume'] as const
export type CallKey = (typeof CALL_KEYS)[number]

/** Any simulated device, native or VietQR's own, as a person has it before them. */
export interface Device {
  readonly kind: SimulatedKind
  /** A box's MAC. */
  readonly deviceId: string
  /** `effect` is everything a person notices of it. */
  readonly events: EventEmitter<DeviceEvents>
  /** It can be told. */
  readonly online: boolean
  /** It connects, and goes on trying until it is off; `reachable` tells when it can be told. */
  powerOn(): void
  /** The plug is pulled: nothing more is said, what was begun stays half done. It can be switched on again. */
  powerOff(): Promise<void>
  /** Switched off in good order, for good. */
  stop(): Promise<void>
  /** A customer chooses. @throws Error where it has no keys for that */
  order(wish: OrderWish): Promise<unknown>
  /** Takes the order on its screen back. @throws Error where it has no keys for that */
  cancel(): Promise<void>
  /** One line as it is typed on the standard input of `vietqr-sim device`. @throws Error that says what can be typed */
  key(line: string): Promise<void>
}
