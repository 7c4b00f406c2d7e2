import { formatVnd, vnd } from '../../protocol/money.ts'

/**
 * Text for a person at a terminal. What comes from outside (names, contents, topics) passes `harmless` before it is
 * printed; widths count columns of the terminal, because Vietnamese may be written with combining marks.
 */

/** The text in one line, with nothing a terminal would act on: controls and bidirectional marks become `\u{…}`. */
export function harmless(text: string): string {
  return text.replace(/[\p{C}\u2028\u2029]/gu, mark => `\\u{${(mark.codePointAt(0) ?? 0).toString(16)}}`)
}

/** JSON in one line, equal to the value, in which such characters are escaped in JSON's own way. */
export function harmlessJson(value: unknown): string {
  return JSON.stringify(value).replace(/[\p{C}\u2028\u2029]/gu, mark =>
    mark
      .split('')
      .map(unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join(''),
  )
}

const MARK = /^[\p{Mn}\p{Me}]$/u
/** East Asian wide and fullwidth forms and emoji (Unicode standard annex 11): two columns. */
const WIDE =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]$/u

/** Columns the text takes on a terminal. */
export function displayWidth(text: string): number {
  let columns = 0
  for (const character of text) {
    if (WIDE.test(character)) columns += 2
    else if (!MARK.test(character)) columns += 1
  }
  return columns
}

/** The text in at most so many columns; what was left out shows as `…`, and no letter loses its marks. */
export function clipped(text: string, columns: number): string {
  if (displayWidth(text) <= columns) return text
  // Made where it is needed: it takes half as long as the rest of --help.
  const graphemes = new Intl.Segmenter('vi', { granularity: 'grapheme' })
  let kept = ''
  let used = 1
  for (const { segment } of graphemes.segment(text)) {
    used += displayWidth(segment)
    if (used > columns) break
    kept += segment
  }
  return `${kept.trimEnd()}…`
}

/** The text filled with spaces to so many columns. */
export function padded(text: string, columns: number, align: 'left' | 'right' = 'left'): string {
  const fill = ' '.repeat(Math.max(0, columns - displayWidth(text)))
  return align === 'left' ? text + fill : fill + text
}

/** An amount as a cashier reads it: `25.000 đ`. */
export function money(amount: number): string {
  return formatVnd(vnd(amount))
}

/** A time as it is read in Vietnam: `2024-11-21 18:53:20`. Takes ISO 8601 with offset, as all views have it. */
export function moment(iso: string | null): string {
  return iso === null ? '-' : iso.slice(0, 19).replace('T', ' ')
}

/** `key: value` lines. */
export function details(lines: readonly (readonly [key: string, value: string | number | boolean | null])[]): string {
  return lines.map(([key, value]) => `${key}: ${shownValue(value)}`).join('\n')
}

function shownValue(value: string | number | boolean | null): string {
  if (value === null || value === '') return '-'
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  return harmless(String(value))
}
