import { z } from 'zod'
import { fileSchema } from './schema.ts'

/** The part of JSON Schema that describes gateway.yaml. */
export interface KeySchema {
  readonly type?: string
  readonly description?: string
  readonly default?: unknown
  readonly examples?: readonly unknown[]
  readonly properties?: Readonly<Record<string, KeySchema>>
  readonly required?: readonly string[]
  readonly [keyword: string]: unknown
}

/**
 * The JSON Schema (draft 2020-12) of gateway.yaml as it is written, for editors. It says what a single key may be; rules
 * about several keys are checked only by the gateway itself.
 */
export function configJsonSchema(): object {
  const { $schema, ...schema } = nullable(keyTree())
  return { $schema, title: 'gateway.yaml', description: 'Configuration of VietQR Gateway.', ...schema }
}

/** Every key there is, with its description and default. */
export function keyTree(): KeySchema {
  // Through text, because what zod returns is shared and carries more than plain data.
  return JSON.parse(JSON.stringify(z.toJSONSchema(fileSchema('/'), { io: 'input' })))
}

/** An empty key is an absent key, so whatever may be absent may be null. */
function nullable(schema: KeySchema): KeySchema {
  if (schema.properties === undefined) return schema
  const properties = Object.entries(schema.properties).map(([key, child]) => [
    key,
    schema.required?.includes(key) ? nullable(child) : orNull(nullable(child)),
  ])
  return { ...schema, properties: Object.fromEntries(properties) }
}

function orNull({ description, default: standard, examples, ...rest }: KeySchema): KeySchema {
  return {
    ...(description === undefined ? {} : { description }),
    ...(standard === undefined ? {} : { default: standard }),
    ...(examples === undefined ? {} : { examples }),
    anyOf: [rest, { type: 'null' }],
  }
}
