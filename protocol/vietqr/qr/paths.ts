/**
 * A QR text as a flat map from path to value: `54` is tag 54, `38.01.00` is tag 00 inside tag 01 inside tag 38. Only the
 * templates listed here are taken apart; every other tag stays one value.
 */
import { QrError, readTlv, writeTlv } from './tlv.ts'

/** Tags whose value is tags again: NAPAS account information, its beneficiary, additional data. */
const TEMPLATES: ReadonlySet<string> = new Set(['38', '38.01', '62'])

/** Reads the text before its checksum. Throws QrError. */
export function readPaths(body: string): Map<string, string> {
  if (!body.startsWith('000201')) throw new QrError('the QR text must begin with 000201, format 01')
  const paths = new Map<string, string>()
  readLevel(body, '', paths)
  if (paths.has('63')) throw new QrError('tag 63, the checksum, stands before the end; it must be last')
  return paths
}

function readLevel(text: string, prefix: string, paths: Map<string, string>): void {
  const where = prefix === '' ? 'QR text' : `tag ${prefix.slice(0, -1)}`
  // The host writes `5400` into the static code of a box (VietQR server source).
  const mayBeEmpty = prefix === '' ? ['54'] : []
  for (const [tag, value] of readTlv(text, where, mayBeEmpty)) {
    const path = prefix + tag
    if (TEMPLATES.has(path)) readLevel(value, `${path}.`, paths)
    else paths.set(path, value)
  }
}

/** Writes the text before its checksum, tags of each level in ascending order. Throws QrError. */
export function writePaths(paths: ReadonlyMap<string, string>, prefix = ''): string {
  const inside = [...paths.keys()].filter(path => path.startsWith(prefix))
  const tags = new Set(inside.map(path => path.slice(prefix.length, prefix.length + 2)))
  return [...tags]
    .sort()
    .map(tag => writeTlv(tag, paths.get(prefix + tag) ?? writePaths(paths, `${prefix}${tag}.`)))
    .join('')
}

/** Whether `path` names one value, at the root or in one of the templates. */
export function isPath(path: string): boolean {
  const template = path.slice(0, -3)
  return /^[0-9]{2}(\.[0-9]{2})*$/.test(path) && !TEMPLATES.has(path) && (template === '' || TEMPLATES.has(template))
}
