import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Knob } from '../device-sim/devices/knob.ts'
import { KNOBS } from '../device-sim/devices/knobs.ts'
import { DEAD_LETTER_MESSAGES, ERROR_MESSAGES, type Message } from '../protocol/errors.ts'
import { TOPIC_NAMES } from '../protocol/vietqr/topics.ts'
import { type KeySchema, keyTree } from './config/json-schema.ts'
import { EXIT } from './exit-codes.ts'

const EXIT_MEANINGS: Record<keyof typeof EXIT, string> = {
  done: 'done',
  failed: 'failed',
  usage: 'wrong use: unknown command or option, missing or impossible value',
  configuration: 'the configuration is invalid',
  notRunning: 'the gateway is not running',
  unknown: 'no such thing',
  timeout: 'timed out',
  policy: 'refused by policy, for example a simulated payment in production',
  newerDatabase: 'the database is newer than this program',
}

/** `docs/reference.md`: every code, exit code and configuration key, made from the tables the program itself uses. */
export function referenceText(): string {
  return [
    '# Reference',
    'Made by `npm run docs` from the tables the program uses; do not edit it by hand.',
    '## Error codes',
    'In `down/order`, `down/lookup` and `down/error`, and at the beginning of messages of the command line.',
    messages(ERROR_MESSAGES, Object.keys(ERROR_MESSAGES)),
    '## Reasons of dead letters',
    'The error codes above, and:',
    messages(
      DEAD_LETTER_MESSAGES,
      Object.keys(DEAD_LETTER_MESSAGES).filter(code => !(code in ERROR_MESSAGES)),
    ),
    '## Exit codes',
    table(
      ['code', 'meaning'],
      Object.entries(EXIT).map(([name, code]) => [String(code), EXIT_MEANINGS[name as keyof typeof EXIT]]),
    ),
    '## Configuration',
    'Durations are a number and a unit: `500ms`, `10s`, `5m`, `2h`, `400d`. An empty key is an absent key.',
    table(['key', 'default', 'meaning'], keysOf(keyTree(), '')),
    `Names under \`host.topics\`: ${TOPIC_NAMES.map(name => `\`${name}\``).join(', ')}.`,
    '## Quirks of simulated devices',
    'The switches of `vietqr-sim device`; what they are for is in [simulated devices](simulator-devices.md).',
    table(['quirk', 'switch', 'what it does', 'kinds'], KNOBS.flatMap(quirkRows)),
    '',
  ].join('\n\n')
}

function messages(catalogue: Readonly<Record<string, Message>>, codes: readonly string[]): string {
  return table(
    ['code', 'English', 'Vietnamese'],
    codes.map(code => [`\`${code}\``, catalogue[code]?.en ?? '', catalogue[code]?.vi ?? '']),
  )
}

function quirkRows({ number, title, switches, elsewhere }: Knob): string[][] {
  const quirk = `${number}. ${title}`
  if (elsewhere !== undefined) return [[quirk, '', elsewhere, '']]
  return switches.map(({ name, value, words, kinds }) => {
    const typed = value === null ? `--${name}` : `--${name} ${value}`
    return [quirk, `\`${typed}\``, words, kinds === undefined ? 'all' : kinds.join(', ')]
  })
}

function keysOf(schema: KeySchema, path: string): string[][] {
  if (path === 'host.topics') return []
  return Object.entries(schema.properties ?? {}).flatMap(([name, child]) => {
    const key = path === '' ? name : `${path}.${name}`
    const section = child.properties !== undefined
    const preset = section || child.default === undefined ? '' : `\`${JSON.stringify(child.default)}\``
    return [[`\`${key}\``, preset, child.description ?? ''], ...keysOf(child, key)]
  })
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

if (import.meta.main) writeFileSync(join(import.meta.dirname, '../docs/reference.md'), referenceText())
