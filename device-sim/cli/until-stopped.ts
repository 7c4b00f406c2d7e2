/** Resolves at the first SIGINT or SIGTERM; a second one ends the process at once. */
export function untilStopped(): Promise<void> {
  return new Promise(resolve => {
    const signals = ['SIGINT', 'SIGTERM'] as const
    const heard = (): void => {
      for (const signal of signals) process.off(signal, heard)
      resolve()
    }
    for (const signal of signals) process.on(signal, heard)
  })
}
