/** Signals that ask a process to end, and what the shell is told of one that did. */
const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const
const NAMES = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Resolves at the first SIGINT, SIGTERM or SIGHUP; a second one ends the process at once. */
export function untilStopped(): Promise<void> {
  return new Promise(resolve => {
    const heard = (): void => {
      for (const name of NAMES) process.off(name, heard)
      endAtSignals()
      resolve()
    }
    for (const name of NAMES) process.on(name, heard)
  })
}

/** From now on such a signal exits instead of killing, so that what the process has started and made is undone; takes it back. */
export function endAtSignals(): () => void {
  const handlers = NAMES.map(name => ({ name, end: (): never => process.exit(SIGNALS[name]) }))
  for (const { name, end } of handlers) process.on(name, end)
  return () => {
    for (const { name, end } of handlers) process.off(name, end)
  }
}
