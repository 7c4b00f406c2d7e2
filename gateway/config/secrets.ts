import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs'
import { ConfigError, type Problem } from './error.ts'
import { belongTogether, CERTIFICATES, type Form, PRIVATE_KEY } from './pem.ts'
import type { Settings } from './schema.ts'

/** Names of environment variables, never their values. */
export const HOST_PASSWORD = 'VIETQR_HOST_PASSWORD'
const BOX_KEY = 'VIETQR_BOX_KEY'

const MOST_BYTES = 65_536

/** What the configuration keeps outside its file. Never logged, never printed, held in memory only. */
export interface Secrets {
  readonly hostPassword?: string
  /** Private authorities to trust for the host, PEM. */
  readonly hostCa?: string
  /** Client certificate and its key for the host, PEM. */
  readonly hostCert?: string
  readonly hostKey?: string
  /** The key VietQR issues for the checksum of box onboarding. */
  readonly boxKey?: string
  /** The gateway's own password at an external broker. */
  readonly brokerPassword?: string
  /** The password burnt into VietQR's boxes. */
  readonly boxesPassword?: string
  readonly httpToken?: string
}

/** Where one secret comes from. */
interface Source {
  /** The key of gateway.yaml, for messages. */
  readonly path: string
  readonly file: string | undefined
  /** The environment variable that is read when no file is named. */
  readonly variable?: string
  /** Certificates: everybody may read the file. */
  readonly open?: true
  /** What the content must look like, and the words for it. */
  readonly form?: Form
}

/** What can be sent in an HTTP header (RFC 9110). */
const TOKEN: Form = { fits: text => /^[!-~]+$/.test(text), right: 'one line of printable ASCII without spaces' }

/**
 * Reads every secret the configuration names: when the gateway runs, and for `config check`. The files and variables of
 * parts that are not in use are left alone.
 * @throws ConfigError with every problem there is
 */
export function loadSecrets(settings: Settings, env: NodeJS.ProcessEnv): Secrets {
  const { host, broker, http } = settings
  const external = broker.mode === 'external'
  const sources: Record<keyof Secrets, Source> = {
    hostPassword: { path: 'host.passwordFile', file: host.passwordFile, variable: HOST_PASSWORD },
    hostCa: { path: 'host.caFile', file: host.caFile, open: true, form: CERTIFICATES },
    hostCert: { path: 'host.certFile', file: host.certFile, open: true, form: CERTIFICATES },
    hostKey: { path: 'host.keyFile', file: host.keyFile, form: PRIVATE_KEY },
    boxKey: { path: 'host.boxKeyFile', file: host.boxKeyFile, variable: BOX_KEY },
    brokerPassword: { path: 'broker.passwordFile', file: external ? broker.passwordFile : undefined },
    boxesPassword: { path: 'broker.vietqrBoxes.passwordFile', file: broker.vietqrBoxes?.passwordFile },
    httpToken: { path: 'http.tokenFile', file: http.tokenFile, form: TOKEN },
  }
  const problems: Problem[] = []
  const found: [string, string][] = []
  for (const [name, source] of Object.entries(sources)) {
    try {
      const secret = readSecret(source, env)
      if (secret !== undefined) found.push([name, secret])
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error
      problems.push(...error.problems)
    }
  }
  if (problems.length > 0) throw new ConfigError(problems)
  const secrets: Secrets = Object.fromEntries(found)
  const { hostCert, hostKey } = secrets
  if (hostCert !== undefined && hostKey !== undefined && !belongTogether(hostCert, hostKey)) {
    throw refusal(
      sources.hostKey,
      'is not the key of the first certificate in host.certFile; name the one it was made with',
    )
  }
  return secrets
}

/**
 * One secret, or undefined where none is named. A file goes before the environment variable: it was named on purpose,
 * while a variable may be left over from another shell; a file that cannot be used is never replaced by the variable.
 * Exactly one line break at the end is not part of the secret, because editors add it.
 * @throws ConfigError
 */
export function readSecret(source: Source, env: NodeJS.ProcessEnv): string | undefined {
  if (source.file === undefined) {
    const value = source.variable === undefined ? undefined : env[source.variable]
    return value === '' ? undefined : value
  }
  const secret = readText(source, source.file).replace(/\r?\n$/, '')
  if (secret === '') throw refusal(source, 'is empty; write the secret into it, or leave the key out')
  if (source.form !== undefined && !source.form.fits(secret)) {
    throw refusal(source, `does not hold what belongs there; it should be ${source.form.right}`)
  }
  return secret
}

function readText(source: Source, file: string): string {
  const descriptor = open(source, file)
  try {
    // Asked of the open file, not of its name, which could be given to another file in between.
    const stats = fstatSync(descriptor)
    const { mode, size } = stats
    if (!stats.isFile()) throw refusal(source, `${file} is not a regular file; name a file that holds only the secret`)
    if (size > MOST_BYTES)
      throw refusal(
        source,
        `${file} has ${size} bytes, the most is ${MOST_BYTES}; name a file that holds only the secret`,
      )
    if (source.open !== true && isOpenToOthers(mode)) {
      throw refusal(source, `${file} has mode ${octal(mode)}, so other users can get at it; run chmod 600 on it`)
    }
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(readFileSync(descriptor))
  } catch (error) {
    if (error instanceof TypeError) throw refusal(source, `${file} is not UTF-8 text; save it as UTF-8`)
    throw error
  } finally {
    closeSync(descriptor)
  }
}

function open(source: Source, file: string): number {
  try {
    // Without O_NONBLOCK opening a named pipe would wait for a writer, perhaps for ever.
    return openSync(file, constants.O_RDONLY | constants.O_NONBLOCK)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ENOENT')
      throw refusal(source, `there is no file ${file}; create it with mode 0600, or correct the path`)
    throw refusal(
      source,
      `${file} cannot be opened (${String(code)}); the user the gateway runs as must be able to read it`,
    )
  }
}

/** Windows has no such bits; its access lists are the owner's business. */
function isOpenToOthers(mode: number): boolean {
  return process.platform !== 'win32' && (mode & 0o077) !== 0
}

function octal(mode: number): string {
  return (mode & 0o777).toString(8).padStart(4, '0')
}

function refusal(source: Source, message: string): ConfigError {
  return new ConfigError([{ path: source.path, message }])
}
