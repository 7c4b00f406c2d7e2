import type { Clock } from '../clock.ts'

/** The form in which MQTT.js takes another timer for its keepalive (`timerVariant`): a repeating one. */
export interface RepeatingTimer {
  set(task: () => void, milliseconds: number): number
  clear(id: number): void
}

/**
 * MQTT.js's keepalive on the gateway's clock. MQTT.js ticks every half keepalive, asks at the second tick after the last
 * answer and ends the connection at the third: one and a half keepalives.
 *
 * @param tick runs in place of each tick and decides whether MQTT.js's own `task` runs
 */
export function keepaliveTimer(clock: Clock, tick: (task: () => void) => void): RepeatingTimer {
  const cancels = new Map<number, () => void>()
  let last = 0
  return {
    set(task, milliseconds) {
      last += 1
      const id = last
      const arm = (): void => {
        const cancel = clock.after(milliseconds, () => {
          arm()
          tick(task)
        })
        cancels.set(id, cancel)
      }
      arm()
      return id
    },
    clear(id) {
      cancels.get(id)?.()
      cancels.delete(id)
    },
  }
}
