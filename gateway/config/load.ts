import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { z } from 'zod'
import { kindOf } from '../../protocol/shown.ts'
import { ConfigError, type Problem } from './error.ts'
import { type Settings, settingsSchema } from './schema.ts'
import { HOST_PASSWORD } from './secrets.ts'
import { shownKey, unknownKey } from './suggest.ts'
import { readYaml } from './yaml.ts'

const FILE_NAME = 'gateway.yaml'

/**
 * The absolute path of the configuration: the file that was named, else gateway.yaml where the user stands.
 * @throws ConfigError if there is none
 */
export function findConfig(explicit: string | undefined, cwd: string): string {
  const file = resolve(cwd, explicit ?? FILE_NAME)
  if (existsSync(file)) return file
  const remedy = 'write one with "vietqr-gateway init", or name another with --config FILE'
  throw new ConfigError([{ path: file, message: `there is no such file; ${remedy}` }])
}

/**
 * Reads and checks gateway.yaml. Opens no other file: the secrets it names are read by `loadSecrets`.
 * @throws ConfigError with every problem there is
 */
export function loadSettings(file: string, env: NodeJS.ProcessEnv): Settings {
  const path = resolve(file)
  return parseSettings(readYaml(path), dirname(path), env)
}

/**
 * Checks a configuration that is already plain data, such as the sandbox's.
 * @param folder absolute; relative paths count from it
 * @throws ConfigError with every problem there is
 */
export function parseSettings(written: unknown, folder: string, env: NodeJS.ProcessEnv): Settings {
  const result = settingsSchema(folder).safeParse(withHost(withoutEmptyKeys(written)), { error: wrongSection })
  if (!result.success) throw new ConfigError(result.error.issues.flatMap(problemsOf))
  const settings = result.data
  if (settings.host.username === undefined && (env[HOST_PASSWORD] ?? '') !== '') {
    // MQTT 3.1.1 [MQTT-3.1.2-22]
    const message = `is missing, but ${HOST_PASSWORD} is set; MQTT knows no password without a user name, so add it`
    throw new ConfigError([{ path: 'host.username', message }])
  }
  return settings
}

/** Deeper than any key of the configuration. */
const DEEPEST = 32

/** An empty key is an absent key, at every depth. Empty places in lists stay, to be refused. */
function withoutEmptyKeys(value: unknown, depth = 0): unknown {
  if (depth > DEEPEST) {
    const message = 'contains itself, or is nested deeper than any configuration; write it out without anchors'
    throw new ConfigError([{ path: 'gateway.yaml', message }])
  }
  if (Array.isArray(value) || typeof value !== 'object') return value
  if (value === null) return undefined
  const filled = Object.entries(value)
    .map(([key, child]): [string, unknown] => [key, withoutEmptyKeys(child, depth + 1)])
    .filter(([, child]) => child !== undefined)
  return Object.fromEntries(filled)
}

/** A file without the section of the host is told which of its keys is missed, not that a section is. */
function withHost(file: unknown): unknown {
  if (file === undefined) return { host: {} }
  return typeof file === 'object' && !Array.isArray(file) ? { host: {}, ...file } : file
}

/** The words for an object that is none; every other kind of value brings its own. */
function wrongSection(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code !== 'invalid_type') return undefined
  const right = 'write its keys below it, indented by two spaces'
  return issue.input === undefined ? `is missing; ${right}` : `is ${kindOf(issue.input)}; ${right}`
}

function problemsOf(issue: z.core.$ZodIssue): Problem[] {
  const path = issue.path.filter(step => typeof step !== 'symbol')
  if (issue.code !== 'unrecognized_keys') return [{ path: written(path), message: issue.message }]
  const section = path.map(String)
  return issue.keys.map(key => ({ path: written([...path, shownKey(key)]), message: unknownKey(section, key) }))
}

function written(path: readonly (string | number)[]): string {
  const text = path.map(step => (typeof step === 'number' ? `[${step}]` : `.${step}`)).join('')
  return text === '' ? FILE_NAME : text.replace(/^\./, '')
}
