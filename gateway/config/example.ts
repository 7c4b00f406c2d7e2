import { stringify } from 'yaml'
import { type KeySchema, keyTree } from './json-schema.ts'

const WIDTH = 110

const INTRO = `# Configuration of VietQR Gateway.
# An empty key is an absent key. Paths count from the folder of this file. Durations: 500ms, 10s, 5m, 2h, 400d.
# Secrets never stand here: they lie in files of mode 0600, named by the keys that end in File.
`

/**
 * The gateway.yaml that `init` writes: every key there is, each with its meaning and its default. It is valid as it
 * stands and asks for no file that is not there yet; only `site` and `host.url` are samples to be replaced.
 */
export function exampleConfig(): string {
  return `${INTRO}\n${keyLines(keyTree(), 0).join('\n')}\n`
}

/** The keys of an object. */
function keyLines(parent: KeySchema, depth: number): string[] {
  const indent = '  '.repeat(depth)
  // Where no key has a default, the whole object is a matter of choice and must stay absent: its keys become comments.
  const isChoice = Object.values(parent.properties ?? {}).every(child => child.default === undefined)
  return Object.entries(parent.properties ?? {}).flatMap(([key, schema]) => {
    const required = parent.required?.includes(key) ?? false
    const lines = wrap(commentOf(schema, required || isChoice), WIDTH - indent.length).map(line => `# ${line}`)
    if (isObject(schema)) {
      const gap = depth === 0 ? [''] : []
      return [...gap, ...lines.map(line => indent + line), `${indent}${key}:`, ...keyLines(schema, depth + 1)]
    }
    const value = schema.default ?? (required || isChoice ? schema.examples?.[0] : undefined)
    lines.push(`${isChoice ? '# ' : ''}${key}:${value === undefined ? '' : ` ${oneLine(value)}`}`)
    return lines.map(line => indent + line)
  })
}

/** An object that brings an example of its own is shown on one line instead of key by key. */
function isObject(schema: KeySchema): boolean {
  return schema.properties !== undefined && schema.examples === undefined
}

function commentOf(schema: KeySchema, showsExample: boolean): string {
  const example = schema.examples?.[0]
  const needsExample =
    example !== undefined && !showsExample && (schema.default === undefined || typeof example === 'object')
  return `${schema.description ?? ''}${needsExample ? ` For example: ${oneLine(example)}` : ''}`
}

function oneLine(value: unknown): string {
  return stringify(value, { collectionStyle: 'flow', lineWidth: 0 }).trimEnd()
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const line = lines.at(-1)
    if (line !== undefined && line.length + word.length < width) lines[lines.length - 1] = `${line} ${word}`
    else lines.push(word)
  }
  return lines
}
