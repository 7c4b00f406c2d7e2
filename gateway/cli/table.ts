import { clipped, details, displayWidth, harmless, padded } from './text.ts'

/** One column of a list. */
export interface Column<Row> {
  readonly title: string
  readonly value: (row: Row) => string
  readonly align?: 'right'
  /** On a narrow terminal the column with the highest number goes first; one without a number stays. */
  readonly spare?: number
  /** Free text: may be cut at its end when everything spare has gone. */
  readonly free?: true
}

interface Measured<Row> extends Column<Row> {
  readonly cells: readonly string[]
  readonly columns: number
}

const GAP = 2
/** The least of a free text that still says something. */
const LEAST_FREE = 12

/**
 * Rows below titles, aligned. Where `width` (columns of the terminal) is too narrow, the least important columns go, then
 * free text is cut; what is still too wide is written as `title: value` lines, because a row that the terminal breaks
 * anywhere cannot be read.
 */
export function table<Row>(columns: readonly Column<Row>[], rows: readonly Row[], width: number): string {
  const fitting = cutFreeText(
    dropSpare(
      columns.map(column => measure(column, rows)),
      width,
    ),
    width,
  )
  if (total(fitting) > width) {
    return rows.map(row => details(columns.map(({ title, value }) => [title, value(row)]))).join('\n\n')
  }
  const line = (cells: readonly string[]): string =>
    fitting
      .map((column, index) => padded(cells[index] ?? '', column.columns, column.align))
      .join(' '.repeat(GAP))
      .trimEnd()
  const titles = line(fitting.map(column => column.title))
  return [titles, ...rows.map((_, index) => line(fitting.map(column => column.cells[index] ?? '')))].join('\n')
}

function measure<Row>(column: Column<Row>, rows: readonly Row[]): Measured<Row> {
  const cells = rows.map(row => harmless(column.value(row)))
  return { ...column, cells, columns: Math.max(...[column.title, ...cells].map(displayWidth)) }
}

function dropSpare<Row>(columns: readonly Measured<Row>[], width: number): readonly Measured<Row>[] {
  let kept = columns
  while (total(kept) > width) {
    const least = kept.reduce<Measured<Row> | null>(
      (found, column) => ((column.spare ?? 0) > (found?.spare ?? 0) ? column : found),
      null,
    )
    if (least === null) break
    kept = kept.filter(column => column !== least)
  }
  return kept
}

function cutFreeText<Row>(columns: readonly Measured<Row>[], width: number): readonly Measured<Row>[] {
  let over = total(columns) - width
  if (over <= 0) return columns
  return columns.map(column => {
    if (column.free !== true || over <= 0) return column
    const narrower = Math.max(Math.min(LEAST_FREE, column.columns), column.columns - over)
    over -= column.columns - narrower
    return { ...column, columns: narrower, cells: column.cells.map(cell => clipped(cell, narrower)) }
  })
}

function total<Row>(columns: readonly Measured<Row>[]): number {
  return columns.reduce((sum, column) => sum + column.columns + GAP, -GAP)
}
