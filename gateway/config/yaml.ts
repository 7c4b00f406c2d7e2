import { readFileSync } from 'node:fs'
import { LineCounter, parseDocument } from 'yaml'
import { ConfigError } from './error.ts'

const MOST_BYTES = 1_048_576
/** References may not multiply into more values than this ("billion laughs"). */
const MOST_ALIASES = 100

const REMEDY: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: 'a key is given twice; keep one of the two',
  TAB_AS_INDENT: 'the line is indented with a tab; use spaces',
  MULTIPLE_DOCS: 'a second document begins here; keep one and drop the line ---',
  NON_STRING_KEY: 'a list or object stands where a key should be; write a plain word',
}

/**
 * What a YAML 1.2 file says, as plain data. Nothing in it is run, no tag is obeyed.
 * @throws ConfigError that names the file, and the line where there is one
 */
export function readYaml(file: string): unknown {
  return parseYaml(file, readText(file))
}

function parseYaml(file: string, text: string): unknown {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, stringKeys: true, logLevel: 'error' })
  const found = [...document.errors, ...document.warnings]
  if (found.length > 0) {
    throw new ConfigError(
      found.slice(0, 20).map(({ code, message, pos }) => ({
        path: `${file}:${lines.linePos(pos[0]).line}`,
        message: REMEDY[code] ?? `this is not YAML: ${lowerFirst(message)}; correct the line`,
      })),
    )
  }
  try {
    return document.toJS({ maxAliasCount: MOST_ALIASES })
  } catch (error) {
    // The library's one error here is about references: to nothing, or far too many.
    const why = error instanceof Error ? lowerFirst(error.message) : 'unknown'
    throw refusal(file, `the references (*name) in it cannot be followed: ${why}; write the values out`, error)
  }
}

function readText(file: string): string {
  const bytes = readBytes(file)
  if (bytes.length > MOST_BYTES) throw refusal(file, `has ${bytes.length} bytes; the most is ${MOST_BYTES}`)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    throw refusal(file, 'is not UTF-8 text; save it as UTF-8', error)
  }
}

function readBytes(file: string): Uint8Array {
  try {
    return readFileSync(file)
  } catch (error) {
    throw refusal(file, `cannot be read: ${unreadable(error)}`, error)
  }
}

function unreadable(error: unknown): string {
  switch (error instanceof Error && 'code' in error ? error.code : undefined) {
    case 'ENOENT':
      return 'there is no such file; write one with "vietqr-gateway init", or name another with --config FILE'
    case 'EISDIR':
      return 'it is a folder; name the file in it'
    case 'EACCES':
      return 'this user may not read it; change its owner or mode'
    default:
      return error instanceof Error ? error.message : 'unknown'
  }
}

function refusal(file: string, message: string, cause?: unknown): ConfigError {
  return new ConfigError([{ path: file, message }], { cause })
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1).trimEnd()
}
