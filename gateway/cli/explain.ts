import { asFailure, STOPPED } from '../control/failure.ts'
import { EXIT } from '../exit-codes.ts'
import { harmless } from './text.ts'

/** How a command ended badly: the exit code, and what stderr says, a line each. */
export interface Explanation {
  readonly exitCode: number
  readonly lines: readonly string[]
}

/**
 * Errors with a sentence of their own, by their stable code. By code and not by class, so that a command that fails early
 * does not load the parts it never needed.
 */
const EXIT_OF: Readonly<Record<string, number>> = {
  CONFIG_INVALID: EXIT.configuration,
  NOT_SERVED: EXIT.configuration,
  HOST_SETTINGS: EXIT.configuration,
  DATABASE_NEWER: EXIT.newerDatabase,
  UPGRADE_FAILED: EXIT.failed,
  NOT_DURABLE: EXIT.failed,
  DATA_DIR_IN_USE: EXIT.failed,
  LISTEN_FAILED: EXIT.failed,
  HTTP_LISTEN_FAILED: EXIT.failed,
  PKI_UNUSABLE: EXIT.failed,
}

export function explain(error: unknown): Explanation {
  const failure = asFailure(error)
  if (failure !== null) return said(failure.exitCode, failure.message)
  if (!(error instanceof Error)) return unexpected(String(error))
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  const exitCode = EXIT_OF[code]
  // A configuration has one line for each of its problems.
  if (exitCode === EXIT.configuration) return { exitCode, lines: error.message.split('\n').map(harmless) }
  if (exitCode !== undefined) return said(exitCode, error.message)
  return said(EXIT.failed, systemSentence(error, code)) ?? unexpected(error.message)
}

function said(exitCode: number, message: string): Explanation
function said(exitCode: number, message: string | null): Explanation | null
function said(exitCode: number, message: string | null): Explanation | null {
  return message === null ? null : { exitCode, lines: [`vietqr-gateway: ${harmless(message)}`] }
}

/** What the operating system or SQLite refused, with what would be right; null for anything else. */
function systemSentence(error: Error, code: string): string | null {
  if (code.startsWith('SQLITE_')) {
    return `the database cannot be used (${code}: ${error.message}); see that its disk is writable and has room`
  }
  const path = 'path' in error ? String(error.path) : 'address' in error ? String(error.address) : 'a file'
  switch (code) {
    case 'EACCES':
    case 'EPERM':
      return `${path} may not be used by this user; run it as the user the gateway runs as`
    case 'ENOSPC':
    case 'EROFS':
      return `${path} cannot be written (${code}); see that its disk is writable and has room`
    case 'EEXIST':
      return `${path} is in the way: a folder is needed there; move it away, or name another`
    case 'EISDIR':
      return `${path} is a folder; name a file`
    case 'ENOTDIR':
      return `${path} cannot be: a part of it is a file and no folder; name another`
    case 'ENOENT':
      return `${path} does not exist; make it, or name another`
    case 'ECONNRESET':
    case 'EPIPE':
      return STOPPED
    case 'EINVAL':
    case 'ENAMETOOLONG':
      // Systems allow about 100 bytes for the path of a socket.
      return path.endsWith('.sock') ? `the path ${path} is too long for a socket; choose a shorter dataDir` : null
    default:
      return null
  }
}

function unexpected(message: string): Explanation {
  const first = message.split('\n')[0] ?? ''
  return {
    exitCode: EXIT.failed,
    lines: [`vietqr-gateway: ${harmless(first)} (VIETQR_DEBUG=1 shows where)`],
  }
}
