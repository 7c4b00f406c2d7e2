import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** One fenced block of a page, with the heading it stands under. */
export interface Block {
  /** The nearest heading above, without its `#`s. */
  readonly heading: string
  readonly language: string
  readonly text: string
  /** Where its first line stands, for messages. */
  readonly place: string
}

/** The text of a page, named from the root of the repository. */
export function page(name: string): string {
  return readFileSync(join(import.meta.dirname, '../..', name), 'utf8')
}

/** Every fenced block of a page in one language, in order. */
export function blocks(name: string, language: string): readonly Block[] {
  const found: Block[] = []
  let heading = ''
  let open: { language: string; start: number; lines: string[] } | null = null
  for (const [index, line] of page(name).split('\n').entries()) {
    const fence = /^```(\w*)$/.exec(line)
    if (open !== null) {
      if (fence === null) open.lines.push(line)
      else {
        found.push({ heading, language: open.language, text: open.lines.join('\n'), place: `${name}:${open.start}` })
        open = null
      }
    } else if (fence !== null) open = { language: fence[1] ?? '', start: index + 2, lines: [] }
    else heading = /^#+ (.*)$/.exec(line)?.[1] ?? heading
  }
  return found.filter(block => block.language === language)
}

/** The rows of every table under a heading, as the texts of their cells; without the head. */
export function rowsUnder(name: string, heading: string): readonly (readonly string[])[] {
  const rows: string[][] = []
  let inside = false
  for (const line of page(name).split('\n')) {
    const title = /^#+ (.*)$/.exec(line)?.[1]
    if (title !== undefined) inside = title === heading
    else if (inside && line.startsWith('|')) rows.push(cells(line))
  }
  return rows.filter((row, index) => !isRule(row) && !isRule(rows[index + 1] ?? []))
}

function cells(line: string): string[] {
  return line
    .slice(1, line.lastIndexOf('|'))
    .split('|')
    .map(cell => cell.trim())
}

function isRule(row: readonly string[]): boolean {
  return row.length > 0 && row.every(cell => /^:?-+:?$/.test(cell))
}
