const MOST = 40

/**
 * How a sentence shows a value that came from outside: short, in one line, with nothing a terminal would act on.
 * Never used on account numbers, box ids or anything else that is private.
 */
export function shown(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return quoted(value)
    case 'number':
      return String(value)
    case 'bigint':
      return clipped(String(value))
    default:
      return kindOf(value)
  }
}

/** What sort of value came, without saying what is in it. */
export function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (value === null) return 'null'
  if (value === '') return 'an empty text'
  if (Array.isArray(value)) return 'a list'
  switch (typeof value) {
    case 'string':
      return 'a text'
    case 'number':
    case 'bigint':
      return 'a number'
    case 'boolean':
      return String(value)
    case 'object':
      return 'an object'
    default:
      return `a ${typeof value}`
  }
}

function quoted(text: string): string {
  const json = JSON.stringify(clipped(text))
  // JSON leaves C1 controls, bidirectional marks and line separators as they are; a terminal or a page may obey them.
  return json.replace(/[\p{C}\u2028\u2029]/gu, mark => `\\u{${(mark.codePointAt(0) ?? 0).toString(16)}}`)
}

function clipped(text: string): string {
  return text.length > MOST ? `${text.slice(0, MOST)}…` : text
}
