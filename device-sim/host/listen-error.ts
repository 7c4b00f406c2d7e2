const WHY: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program listens there already',
  EACCES: 'this user may not listen there',
  EADDRNOTAVAIL: 'this machine has no such address',
}

/** Why a port cannot be opened, as a sentence; other errors as they are. */
export function listenError(error: unknown, host: string, port: number, option: string): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const why = WHY[code]
  if (why === undefined) return error
  return new Error(
    `port ${port} of ${host} cannot be opened: ${why}; choose another with ${option}, 0 takes a free one`,
    {
      cause: error,
    },
  )
}
