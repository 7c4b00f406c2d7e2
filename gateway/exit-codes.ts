/** Exit codes of the command line, fixed by the contract. */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  configuration: 3,
  notRunning: 4,
  unknown: 5,
  timeout: 6,
  policy: 7,
  newerDatabase: 8,
} as const
