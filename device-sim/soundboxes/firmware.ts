import type { EffectBody } from '../devices/effects.ts'

/** What a vendor's sound box does about one message. */
export type Act =
  | { readonly act: 'publish'; readonly topic: string; readonly payload: string; readonly qos: 0 | 1 }
  /** It has its turn in the queue; each clip takes its time. */
  | { readonly act: 'play'; readonly effect: EffectBody; readonly clips: number }
  | { readonly act: 'ignore'; readonly reason: string }
  /** The firmware writes past the end of its memory and starts anew. */
  | { readonly act: 'crash'; readonly reason: string }

/** A vendor's own messages and rules, which the gateway does not speak. */
export interface SoundboxFirmware {
  readonly topics: readonly string[]
  readonly cleanSession: boolean
  readonly keepaliveSeconds: number
  readonly bufferBytes: number | null
  /** Messages that wait while one is played. */
  readonly queue: number
  readonly will: { readonly topic: string; readonly payload: string; readonly qos: 0 | 1 } | null
  /** What it says when it is connected. */
  hello(): readonly Act[]
  hear(topic: string, payload: Buffer): readonly Act[]
}
