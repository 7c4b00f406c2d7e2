/**
 * The two files by which Mosquitto knows who may come in and who may do what (`mosquitto.conf` names them): written whole or not at
 * all, and only when something in them is new.
 */
import { chown, mkdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { ITERATIONS_OF_A_PASSWORD, mosquittoHash, mosquittoHashFits } from '../devices/mosquitto-password.ts'
import type { DeviceLogin } from '../ledger/registry-book.ts'
import { readIfThere, replaceFile } from './secret-file.ts'

/** The gateway's own login at the broker. */
export interface GatewayLogin {
  readonly username: string
  readonly password: string
}

export interface WrittenLogins {
  readonly passwords: string
  readonly access: string
  /** Devices that can log in. */
  readonly devices: number
  /** Devices that cannot: paired before Mosquitto's form of their secret was kept. */
  readonly withoutPassword: readonly string[]
  /** A device that has the gateway's own user name, and is therefore left out. */
  readonly nameTaken: string | null
  /** Whether anything in the files is new. */
  readonly changed: boolean
}

/** The files cannot be written as they are asked for. */
export class MosquittoFilesError extends Error {
  override readonly name = 'MosquittoFilesError'
  readonly code = 'MOSQUITTO_FILES'
}

const PASSWORDS = 'passwords'
const ACCESS = 'access'
/** As whom Mosquitto runs when root starts it. */
const MOSQUITTO_USER = 'mosquitto'
const SETGID = 0o2000

/**
 * Writes `passwords` and `access` into `directory`, which is made where it does not exist.
 *
 * They can be read by their owner alone (0600); in a folder with the setgid bit they belong to its group, which may read them
 * (0640). Root gives what it writes to the user Mosquitto becomes when root starts it.
 * @param gateway null where the gateway has no login at that broker
 * @throws MosquittoFilesError
 */
export async function writeMosquittoFiles(
  directory: string,
  logins: readonly DeviceLogin[],
  gateway: GatewayLogin | null,
): Promise<WrittenLogins> {
  if (gateway !== null) assertUserName(gateway.username)
  const [passwords, access] = [join(directory, PASSWORDS), join(directory, ACCESS)]
  try {
    const place = await prepare(directory)
    const before = await readIfThere(passwords)
    const known = logins.filter(({ deviceId }) => deviceId !== gateway?.username)
    const lines = known.flatMap(({ deviceId, mosquittoHash: hash }) => (hash === null ? [] : [`${deviceId}:${hash}\n`]))
    const own = gateway === null ? '' : `${gateway.username}:${gatewayHash(gateway, before ?? '')}\n`
    const changes = [
      await place.replace(passwords, before, own + lines.join('')),
      await place.replace(access, await readIfThere(access), accessRules(gateway?.username ?? null)),
    ]
    return {
      passwords,
      access,
      devices: lines.length,
      withoutPassword: known.filter(login => login.mosquittoHash === null).map(({ deviceId }) => deviceId),
      nameTaken: known.length === logins.length ? null : (gateway?.username ?? null),
      changed: changes.includes(true),
    }
  } catch (cause) {
    if (cause instanceof MosquittoFilesError || !(cause instanceof Error)) throw cause
    const right = 'name a folder this user may write in'
    throw new MosquittoFilesError(`the files of Mosquitto cannot be written: ${cause.message}; ${right}`, { cause })
  }
}

/**
 * Mosquitto's rules. `%u` is the user name of the connection, which is the device id; `up/+/#` is everything below `up/` without
 * `up` itself. What is not named is denied.
 */
function accessRules(gateway: string | null): string {
  const own = gateway === null ? [] : [`user ${gateway}`, 'topic readwrite gw/v1/#', 'topic read $SYS/broker/log/#', '']
  const devices = ['pattern write gw/v1/%u/up/+/#', 'pattern read gw/v1/%u/down/+/#']
  return `${['# Written by "vietqr-gateway broker export".', ...own, ...devices].join('\n')}\n`
}

/** The line of before while it still fits: a new salt each time would make every export a change. */
function gatewayHash({ username, password }: GatewayLogin, before: string): string {
  const start = `${username}:`
  const line = before.split('\n').find(text => text.startsWith(start))
  const hash = line?.slice(start.length)
  if (hash !== undefined && mosquittoHashFits(password, hash)) return hash
  return mosquittoHash(password, ITERATIONS_OF_A_PASSWORD)
}

function assertUserName(username: string): void {
  // A colon ends the name in the password file; Mosquitto refuses + and # in the names its patterns use.
  if (!/[:+#/\p{C}]/u.test(username) && username.trim() === username) return
  const right = 'use letters, digits, - and _, such as gateway'
  throw new MosquittoFilesError(`broker.username cannot stand in the password file of Mosquitto; ${right}`)
}

interface Place {
  /** Resolves with whether the text is new. */
  replace(file: string, before: string | undefined, text: string): Promise<boolean>
}

async function prepare(directory: string): Promise<Place> {
  const owner = process.getuid?.() === 0 ? await mosquittoUser() : null
  const made = await mkdir(directory, { recursive: true, mode: 0o750 })
  // What Mosquitto keeps between its runs lies there too.
  if (made !== undefined && owner !== null) await chown(directory, owner.uid, owner.gid)
  const mode = ((await stat(directory)).mode & SETGID) === 0 ? 0o600 : 0o640
  return {
    async replace(file, before, text) {
      if (before === text) return false
      await replaceFile(file, text, mode, owner ?? undefined)
      return true
    },
  }
}

async function mosquittoUser(): Promise<{ readonly uid: number; readonly gid: number } | null> {
  const users = await readFile('/etc/passwd', 'utf8').catch(() => '')
  const [, , uid, gid] =
    users
      .split('\n')
      .find(line => line.startsWith(`${MOSQUITTO_USER}:`))
      ?.split(':') ?? []
  return uid === undefined || gid === undefined ? null : { uid: Number(uid), gid: Number(gid) }
}
