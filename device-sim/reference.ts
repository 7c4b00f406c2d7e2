import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { controlRoutes } from './host/control.ts'
import { FAULT_NAMES, FAULTS, switchOf } from './host/faults.ts'
import { SimulatedHost } from './host/simulated-host.ts'

const FILE = join(import.meta.dirname, '../docs/simulator.md')

/** `docs/simulator.md` with its tables made from those the program itself uses; everything between them stays. */
export function simulatorText(written: string): string {
  return withTable(withTable(written, 'routes', routes()), 'faults', faults())
}

function withTable(text: string, name: string, lines: readonly string[]): string {
  const marks = [`<!-- ${name}: made by npm run docs -->`, `<!-- end of ${name} -->`] as const
  const [before, rest] = text.split(`${marks[0]}\n`)
  const after = rest?.split(`${marks[1]}\n`)[1]
  if (before === undefined || after === undefined) throw new Error(`${FILE} should have ${marks.join(' and ')}`)
  return `${before}${marks[0]}\n${lines.join('\n')}\n${marks[1]}\n${after}`
}

function routes(): readonly string[] {
  const host = new SimulatedHost({ broker: { kind: 'embedded', port: 0 }, accounts: [], build: 5 })
  const rows = controlRoutes(host).map(({ method, path, takes, words }) =>
    row(`\`${method} ${path}\``, takes === null ? '' : `\`${takes}\``, words),
  )
  return [row('request', 'takes', 'does'), row('---', '---', '---'), ...rows]
}

function faults(): readonly string[] {
  const rows = FAULT_NAMES.map(name => {
    const { takes, healthy, words } = FAULTS[name]
    const value = takes?.replace(/^<|>$/g, '') ?? 'true or false'
    return row(`\`${name}\``, `\`${switchOf(name)}\``, value, healthy === '' ? '' : `\`${healthy}\``, words)
  })
  return [row('name', 'switch', 'value', 'healthy', 'what happens'), row(...Array(5).fill('---')), ...rows]
}

function row(...cells: readonly string[]): string {
  return `| ${cells.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`
}

if (import.meta.main) writeFileSync(FILE, simulatorText(readFileSync(FILE, 'utf8')))
