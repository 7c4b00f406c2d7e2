import { existsSync } from 'node:fs'
import { ConfigError } from '../config/error.ts'
import { readYaml } from '../config/yaml.ts'
import { fleetFile } from '../control/fleet-file.ts'

/** A fleet file as it was written, once it is known to be right. @throws ConfigError with every problem there is */
export function readFleet(file: string): object {
  if (!existsSync(file)) throw new ConfigError([{ path: file, message: 'there is no such file; name a fleet file' }])
  const written = readYaml(file)
  const read = fleetFile.safeParse(written ?? {})
  if (read.success) return Object(written ?? {})
  const problems = read.error.issues.map(issue => {
    const path = issue.path.map(step => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`)).join('')
    const unknown = issue.code === 'unrecognized_keys'
    return {
      path: path.replace(/^\./, '') || file,
      message: unknown ? `there is no key ${issue.keys.join(', ')}; a fleet has terminals and devices` : issue.message,
    }
  })
  throw new ConfigError(problems)
}
