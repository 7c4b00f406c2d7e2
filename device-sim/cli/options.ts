import { InvalidArgumentError, Option } from 'commander'
import { CERTIFICATES, type Form, PRIVATE_KEY } from '../../gateway/config/pem.ts'
import { readSecret } from '../../gateway/config/secrets.ts'
import { EXIT, SimFailure } from './failure.ts'

/** Options that several commands have. What they can say about themselves is refused here, before anything is opened. */

export function brokerUrl(text: string): string {
  const url = URL.parse(text)
  if (url === null || url.hostname === '' || (url.protocol !== 'mqtt:' && url.protocol !== 'mqtts:')) {
    throw new InvalidArgumentError('It should look like mqtts://broker.example:8883 or mqtt://127.0.0.1:1883.')
  }
  if (url.username !== '' || url.password !== '') {
    throw new InvalidArgumentError('It holds a login; give the password in a file, with --password-file.')
  }
  return text
}

export function port(text: string): number {
  const number = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN
  if (Number.isNaN(number) || number > 65_535)
    throw new InvalidArgumentError('It must be 0 to 65535; 0 takes a free one.')
  return number
}

const UNIT_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000 }

/** A time such as `90s` or `5m` in milliseconds; `0` is none at all. */
export function waitingTime(text: string): number {
  if (text === '0') return 0
  const [, count = '', unit = ''] = /^(\d{1,4})([smh])$/.exec(text) ?? []
  const milliseconds = Number(count) * (UNIT_MS[unit] ?? 0)
  if (milliseconds > 0) return milliseconds
  throw new InvalidArgumentError('It must be a number and a unit, such as 90s or 5m; or 0.')
}

/** A password is never on a command line, where every user of the machine can read it. */
export function passwordFileOption(): Option {
  return new Option('--password-file <file>', 'the password; only its owner may read the file')
}

/** @throws SimFailure with what would be right */
export function readPassword(file: string, option = '--password-file'): string {
  return readOption(option, file, false)
}

/** Any other secret in a file. @throws SimFailure with what would be right */
export function readSecretFile(option: string, file: string): string {
  return readOption(option, file, false)
}

/** Certificates and their keys, PEM. @throws SimFailure with what would be right */
export function readPem(option: '--ca' | '--cert' | '--key', file: string): string {
  return option === '--key'
    ? readOption(option, file, false, PRIVATE_KEY)
    : readOption(option, file, true, CERTIFICATES)
}

function readOption(option: string, file: string, open: boolean, form?: Form): string {
  try {
    const shape = form === undefined ? {} : { form }
    return readSecret({ path: option, file, ...(open ? { open: true } : {}), ...shape }, {}) ?? ''
  } catch (error) {
    throw new SimFailure(EXIT.usage, error instanceof Error ? error.message : String(error), { cause: error })
  }
}
