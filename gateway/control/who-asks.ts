import { userInfo } from 'node:os'

/** The user of the operating system who typed the command; under sudo, both names. */
export function whoAsks(): string {
  const user = userName()
  const before = process.env.SUDO_USER
  return before === undefined || before === '' || before === user ? user : `${before} as ${user}`
}

function userName(): string {
  try {
    return userInfo().username
  } catch {
    // A container may run as a number that has no name.
    return `uid ${process.getuid?.() ?? 'unknown'}`
  }
}
