/** Waiting for something that comes about by events, with a deadline and without sleeping. */
export class Happenings {
  readonly #waiting = new Set<() => void>()

  /** To be called whenever something a test may wait for has changed. */
  readonly happened = (): void => {
    for (const look of [...this.#waiting]) look()
  }

  /**
   * Resolves as soon as `condition` holds, looked at now and after each `happened`.
   * @throws Error that names `what` when it does not hold within `milliseconds`
   */
  async until(condition: () => boolean, what: string, milliseconds = 5_000): Promise<void> {
    if (condition()) return
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const look = (): void => {
      if (condition()) resolve()
    }
    const deadline = setTimeout(() => reject(new Error(`Not within ${milliseconds} ms: ${what}`)), milliseconds)
    this.#waiting.add(look)
    try {
      await promise
    } finally {
      clearTimeout(deadline)
      this.#waiting.delete(look)
    }
  }
}
