import type { Command } from 'commander'
import { ConfigError } from '../../config/error.ts'
import { outputOf } from '../call.ts'
import { globalsOf } from '../output.ts'

export function addConfig(config: Command): void {
  config
    .command('check')
    .description('read gateway.yaml and the secrets it names, and say what is wrong with them')
    .action(async (_options: object, command: Command) => check(command))
  config
    .command('schema')
    .description('print the JSON Schema of gateway.yaml')
    .action(async (_options: object, command: Command) => {
      const { configJsonSchema } = await import('../../config/json-schema.ts')
      const schema = configJsonSchema()
      outputOf(command).answer(schema, () => JSON.stringify(schema, null, 2))
    })
}

async function check(command: Command): Promise<void> {
  const { config, json, quiet } = globalsOf(command)
  const output = outputOf(command)
  const { readConfiguration } = await import('../read-configuration.ts')
  try {
    const { text } = readConfiguration(config)
    if (json || !quiet) output.answer({ ok: true }, () => text)
  } catch (error) {
    // The lines for a person go to stderr, as those of every other failure.
    if (error instanceof ConfigError && json) output.answer({ ok: false, problems: error.problems }, () => '')
    throw error
  }
}
