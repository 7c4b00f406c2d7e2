import type { Clock } from '../../gateway/clock.ts'
import type { EffectBody } from './effects.ts'
import type { DownMessage, DownOf } from './messages.ts'
import { PlayQueue } from './play-queue.ts'
import { PulseEngine } from './pulse-engine.ts'
import type { Quirks } from './quirks.ts'

interface PlayerOwner {
  show(effect: EffectBody): void
  /** It hears nothing from now on, or again. */
  busy(busy: boolean): void
  lost(reason: string): void
}

interface Credit {
  readonly amount: number
  readonly vend: DownOf<'down/vend'>
  readonly over: () => void
}

/** The parts of a native device that take their time: its voice and its pulses. Everything else happens at once. */
export class Player {
  readonly #quirks: Quirks
  readonly #owner: PlayerOwner
  readonly #queue: PlayQueue
  readonly #pulses: PulseEngine<Credit> | null

  constructor(quirks: Quirks, clock: Clock, owner: PlayerOwner) {
    const { pulses } = quirks
    this.#quirks = quirks
    this.#owner = owner
    this.#queue = new PlayQueue(quirks.queue, clock)
    this.#pulses =
      pulses === null
        ? null
        : new PulseEngine(pulses, clock, {
            began: () => owner.busy(true),
            ended: (credit, done, of) => {
              const { onMs, offMs } = pulses
              const { orderId, amount } = credit.vend
              if (of > 0) owner.show({ effect: 'pulse', amount, pulses: done, of, onMs, offMs, orderId })
              if (done === of) credit.over()
              owner.busy(false)
            },
          })
  }

  /** Nothing more can be taken in. */
  get full(): boolean {
    return this.#queue.full
  }

  /** @param over called when it has had its effects, which may be never */
  play(message: DownMessage, effects: readonly EffectBody[], over: () => void): void {
    if (message.path === 'down/vend' && this.#pulses !== null) {
      const lost = this.#pulses.credit({ amount: message.amount, vend: message, over })
      if (lost) this.#owner.lost('two payments came within two ticks; the first is lost')
      return
    }
    const happen = (): void => {
      for (const effect of effects) this.#owner.show(effect)
      over()
    }
    if (message.path !== 'down/announce' && message.path !== 'down/call') happen()
    else this.#queue.add(this.#quirks.wordMs * message.text.split(/\s+/).length, happen)
  }

  stop(): void {
    this.#queue.stop()
    this.#pulses?.stop()
  }
}
