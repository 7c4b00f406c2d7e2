/**
 * The tag-length-value text that EMVCo codes are made of: two digits of tag, two digits of length, the value. Lengths
 * count characters (UTF-16 units, as the host counts them), 01 to 99.
 */

import { shown } from '../../shown.ts'

/** A QR text that is not what EMVCo and NAPAS describe; the message says where and what would be right. */
export class QrError extends Error {
  readonly code = 'QR_MALFORMED'

  constructor(reason: string) {
    super(reason)
    this.name = 'QrError'
  }
}

const TWO_DIGITS = /^[0-9]{2}$/

/**
 * Reads one level of tags, in the order they stand. `where` names the level in errors; tags in `mayBeEmpty` may have
 * length 00. Throws QrError for anything but whole tags, for a tag that stands twice and for a length that splits a
 * character.
 */
export function readTlv(text: string, where: string, mayBeEmpty: readonly string[] = []): Map<string, string> {
  const values = new Map<string, string>()
  let at = 0
  while (at < text.length) {
    const tag = text.slice(at, at + 2)
    const digits = text.slice(at + 2, at + 4)
    if (!TWO_DIGITS.test(tag)) {
      throw new QrError(`${where}: ${shown(tag)} at character ${at} is not a tag; two digits are needed there`)
    }
    if (!TWO_DIGITS.test(digits)) {
      throw new QrError(`${where}: tag ${tag} has length ${shown(digits)}; two digits are needed`)
    }
    const length = Number(digits)
    const value = text.slice(at + 4, at + 4 + length)
    if (length === 0 && !mayBeEmpty.includes(tag)) {
      throw new QrError(`${where}: tag ${tag} has length 00; an empty tag must be left out`)
    }
    if (value.length < length) {
      throw new QrError(`${where}: tag ${tag} declares ${length} characters, but only ${value.length} are left`)
    }
    if (!value.isWellFormed()) throw new QrError(`${where}: tag ${tag} ends in the middle of a character`)
    if (values.has(tag)) throw new QrError(`${where}: tag ${tag} stands twice; once is allowed`)
    values.set(tag, value)
    at += 4 + length
  }
  return values
}

/** Writes one tag. Throws QrError for a tag that is not two digits and for a value EMVCo has no length for. */
export function writeTlv(tag: string, value: string): string {
  if (!TWO_DIGITS.test(tag)) throw new QrError(`${shown(tag)} is not a tag; two digits are needed`)
  if (value.length < 1 || value.length > 99) {
    throw new QrError(`tag ${tag} would have ${value.length} characters; 1 to 99 fit`)
  }
  if (!value.isWellFormed()) throw new QrError(`tag ${tag} holds half a character`)
  return tag + String(value.length).padStart(2, '0') + value
}
