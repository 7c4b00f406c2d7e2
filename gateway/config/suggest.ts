import { shown } from '../../protocol/shown.ts'
import { type KeySchema, keyTree } from './json-schema.ts'

/** Keys somebody may write a secret under, straight into the file. */
const SECRET_KEYS: Readonly<Record<string, string>> = {
  password: 'passwordFile',
  token: 'tokenFile',
  key: 'keyFile',
  boxKey: 'boxKeyFile',
}

/**
 * What is said about a key that does not exist: the nearest one that does.
 * @param section the path of the object the key was found in, without places in lists
 */
export function unknownKey(section: readonly string[], key: string): string {
  const tree = keyTree()
  const siblings = Object.keys(keysAt(tree, section))
  const fileKey = SECRET_KEYS[key]
  if (fileKey !== undefined && siblings.includes(fileKey)) {
    return `secrets do not belong in this file; put it into a file of its own (mode 0600) and name that in ${fileKey}`
  }
  const near = nearest(key, siblings)
  if (near !== undefined) return `there is no such key; did you mean ${dotted([...section, near])}?`
  const elsewhere = pathsOf(tree).filter(path => path.at(-1) === key || dotted(path) === key)
  if (elsewhere.length > 0) return `there is no such key here; it belongs at ${elsewhere.map(dotted).join(' or ')}`
  return `there is no such key; ${section.length === 0 ? 'this file' : dotted(section)} knows ${siblings.join(', ')}`
}

/** A key as it can be shown: short and harmless, whatever somebody wrote. */
export function shownKey(key: string): string {
  return /^[\w-]{1,40}$/.test(key) ? key : shown(key)
}

function dotted(path: readonly string[]): string {
  return path.join('.')
}

function keysAt(tree: KeySchema, path: readonly string[]): Readonly<Record<string, KeySchema>> {
  let keys = tree.properties ?? {}
  for (const step of path) keys = keys[step]?.properties ?? {}
  return keys
}

function pathsOf(tree: KeySchema, above: readonly string[] = []): string[][] {
  return Object.entries(tree.properties ?? {}).flatMap(([key, child]) => {
    const path = [...above, key]
    return [path, ...pathsOf(child, path)]
  })
}

function nearest(key: string, candidates: readonly string[]): string | undefined {
  const ranked = candidates
    .map(candidate => ({ candidate, distance: editDistance(plain(key), plain(candidate)) }))
    .filter(({ candidate, distance }) => distance <= Math.ceil(Math.min(key.length, candidate.length) / 3))
    .sort((a, b) => a.distance - b.distance)
  return ranked[0]?.candidate
}

/** `password_file`, `PasswordFile` and `passwordFile` are the same word to a person. */
function plain(key: string): string {
  return key
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '')
    .slice(0, 64)
}

/** How many letters must be added, dropped or changed to get from one word to the other (Levenshtein). */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (const [line, letter] of [...from].entries()) {
    let left = line + 1
    const next = [left]
    for (const [index, other] of [...to].entries()) {
      const above = row[index + 1] ?? 0
      const diagonal = row[index] ?? 0
      left = Math.min(left + 1, above + 1, diagonal + (letter === other ? 0 : 1))
      next.push(left)
    }
    row = next
  }
  return row.at(-1) ?? 0
}
