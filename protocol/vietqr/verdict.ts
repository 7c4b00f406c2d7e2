import { fieldOf, isJsonObject } from './json.ts'

/** The host's short form for "done" and "failed": `{"status":"FAILED","message":"E39"}`. */
export interface Verdict {
  readonly ok: boolean
  /** An error code, a sentence, or empty. */
  readonly message: string
}

/** @returns null if the value is not of that form; a number as status belongs to a transaction, not to a verdict */
export function readVerdict(value: unknown): Verdict | null {
  if (!isJsonObject(value)) return null
  const status = fieldOf(value, 'status')
  if (typeof status !== 'string') return null
  const message = fieldOf(value, 'message')
  const text = typeof message === 'string' || typeof message === 'number' ? String(message).trim() : ''
  switch (status.trim().toUpperCase()) {
    case 'SUCCESS':
      return { ok: true, message: text }
    case 'FAILED':
      return { ok: false, message: text || 'FAILED' }
    default:
      return null
  }
}
