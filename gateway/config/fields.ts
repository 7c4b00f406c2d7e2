import { resolve } from 'node:path'
import { z } from 'zod'
import { kindOf, shown } from '../../protocol/shown.ts'
import { AddressError, addressUrl, isHost, parseHttpListen, parseMqttUrl } from './addresses.ts'

/**
 * The kinds of value that gateway.yaml is made of. Each refuses with "what is wrong; what would be right" and gives the
 * rest of the gateway a plain value: durations in milliseconds, absolute paths, parsed addresses.
 */

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }
const DURATION = /^(\d{1,9})(ms|s|m|h|d)$/

/** A duration in milliseconds, or undefined where the text is none. */
function milliseconds(text: string): number | undefined {
  const [, digits = '', unit = ''] = DURATION.exec(text) ?? []
  const factor = UNIT_MS[unit]
  return factor === undefined ? undefined : Number(digits) * factor
}

/** The words for a value of the wrong type or none at all. The value itself is shown only where it can be no secret. */
function wrongType(right: string) {
  return (issue: { input?: unknown }) => {
    if (issue.input === undefined) return `is missing; write ${right}`
    const quotes =
      typeof issue.input === 'number' || typeof issue.input === 'boolean' ? ' (in quotes, if that is meant)' : ''
    return `is ${kindOf(issue.input)}; write ${right}${quotes}`
  }
}

/** Text that satisfies a pattern. `right` says what would be right, beginning with a noun. */
export function text(right: string, example: string, pattern = /^[^\p{Cc}]+$/u) {
  const remedy = `${right}, such as ${example}`
  return z
    .string({ error: wrongType(remedy) })
    .regex(pattern, { error: `does not have the right form; write ${remedy}` })
    .meta({ examples: [example] })
}

/** One of a few words. */
export function oneOf<const Words extends readonly [string, ...string[]]>(words: Words) {
  const right = words.length === 1 ? words[0] : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`
  return z.enum(words, {
    error: issue => `is ${shown(issue.input)}; use ${right}`,
  })
}

/** true or false. YAML 1.2 reads yes, no, on and off as text. */
export function flag() {
  return z.boolean({ error: issue => `is ${shown(issue.input)}; use true or false` })
}

/** A duration such as `30s`, given as milliseconds. The limits are durations too. */
export function duration(least: string, most: string) {
  const right = `a duration from ${least} to ${most}, such as 500ms, 10s, 5m, 2h or 400d`
  return z
    .string({
      error: issue =>
        typeof issue.input === 'number' ? `is ${issue.input} without a unit; write ${right}` : wrongType(right)(issue),
    })
    .regex(DURATION, { error: issue => `is ${shown(issue.input)}; write ${right}` })
    .transform((written, context) => {
      const value = milliseconds(written) ?? 0
      if (value < (milliseconds(least) ?? 0)) context.addIssue(`is ${written}, which is too short; write ${right}`)
      if (value > (milliseconds(most) ?? 0)) context.addIssue(`is ${written}, which is too long; write ${right}`)
      return value
    })
}

/** A number above `above`, up to `most`. */
export function numberBetween(above: number, most: number) {
  const right = `a number above ${above}, at most ${most}`
  const error = (issue: { input?: unknown }) => `is ${shown(issue.input)}; write ${right}`
  return z.number({ error }).gt(above, { error }).max(most, { error })
}

/** A file or folder, made absolute from the folder of the configuration file. */
export function path(folder: string, example: string) {
  return text('a path', example).transform(written => resolve(folder, written))
}

/** `mqtts://host[:port]` or `mqtt://host[:port]`, as a listener's address. Port 0 stands for any free port. */
export function mqttListen(example: string) {
  return parsed(example, parseMqttUrl)
}

/** The URL of a broker to connect to, with its port always written out. */
export function brokerUrl(example: string) {
  return parsed(example, written => {
    const address = parseMqttUrl(written)
    if (address.port === 0)
      throw new AddressError('has port 0, where nothing can be reached; write the port of the broker')
    return addressUrl(address)
  })
}

/** `host:port` of the HTTP listener. Port 0 stands for any free port. */
export function httpListen() {
  return parsed('127.0.0.1:8080', parseHttpListen)
}

/** The name or IP address of a machine, without protocol and port. IPv6 loses its brackets. */
export function hostName(example: string) {
  return parsed(example, written => {
    const bare = written.replace(/^\[(.*)\]$/, '$1')
    if (isHost(bare)) return bare
    throw new AddressError(`is neither a name nor an IP address; write only that, such as ${example}`)
  })
}

/** An http:// or https:// URL without a login in it. */
export function webUrl(example: string) {
  return parsed(example, written => {
    const url = URL.parse(written)
    if (url === null || !/^https?:$/.test(url.protocol)) {
      throw new AddressError(`is no web address; write one with http:// or https://, such as ${example}`)
    }
    if (url.username !== '' || url.password !== '') {
      throw new AddressError(`holds a login; use an address without one, such as ${example}`)
    }
    return url.href
  })
}

function parsed<Value>(example: string, parse: (written: string) => Value) {
  return z
    .string({ error: wrongType(`for example ${example}`) })
    .meta({ examples: [example] })
    .transform((written, context): Value => {
      try {
        return parse(written)
      } catch (error) {
        if (!(error instanceof AddressError)) throw error
        context.addIssue(error.message)
        return z.NEVER
      }
    })
}
