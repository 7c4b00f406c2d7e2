import type { IncomingMessage } from 'node:http'
import { z } from 'zod'
import { ControlError } from './errors.ts'

/** One thing that can be asked at the control port. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly path: string
  /** What to send with it, for people; null for nothing. */
  readonly takes: string | null
  readonly words: string
  readonly answer: (request: IncomingMessage, url: URL) => Promise<unknown>
}

/** A route that is sent nothing but words behind a `?`. */
export function asks<T>(
  method: 'GET' | 'DELETE',
  path: string,
  takes: string | null,
  words: string,
  schema: z.ZodType<T>,
  run: (query: T) => unknown,
): Route {
  const answer = async (_request: IncomingMessage, url: URL): Promise<unknown> =>
    run(checked(schema, Object.fromEntries(url.searchParams), 'the query'))
  return { method, path, takes, words, answer }
}

/** A route that is sent a body of JSON. */
export function does<T>(
  method: 'POST' | 'PUT' | 'PATCH',
  path: string,
  takes: string | null,
  words: string,
  schema: z.ZodType<T>,
  run: (body: T) => unknown,
): Route {
  const answer = async (request: IncomingMessage): Promise<unknown> => {
    const text = await bodyOf(request)
    // Who has nothing to say need not say `{}`.
    return run(checked(schema, takes === null && text === '' ? {} : parsed(text), 'the body'))
  }
  return { method, path, takes, words, answer }
}

/** Nothing: whatever is sent all the same was meant for something else. */
export const nothing = z.strictObject({})
export const text = z.string({ error: 'should be a text' }).min(1, { error: 'is empty' })
export const amount = z.int({ error: 'should be whole VND, a number' }).min(1, { error: 'should be at least 1 VND' })

/** Whole milliseconds, also as the words of a query. */
export const waiting = z.coerce
  .number({ error: 'should be whole milliseconds' })
  .pipe(z.int({ error: 'should be whole milliseconds' }).min(0, { error: 'should be at least 0' }))

const MOST_BYTES = 1_048_576

function checked<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const { issues } = result.error
  const code = issues.every(issue => issue.path[0] === 'amount') ? 'AMOUNT_INVALID' : 'INVALID_MESSAGE'
  throw new ControlError(400, code, issues.map(issue => inWords(issue, what)).join('; '))
}

function inWords(issue: z.core.$ZodIssue, what: string): string {
  const place = issue.path.join('.') || what
  return issue.code === 'unrecognized_keys'
    ? `${place} has unknown names: ${issue.keys.join(', ')}`
    : `${place} ${issue.message}`
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  // A form of a web page elsewhere can post everything but this type without being asked first.
  if (!/^application\/json\b/.test(request.headers['content-type'] ?? '')) {
    throw new ControlError(415, 'NOT_JSON', 'the body should be JSON, with content-type: application/json')
  }
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request) {
    bytes += chunk.length
    if (bytes > MOST_BYTES) throw new ControlError(413, 'TOO_LARGE', `the body has more than ${MOST_BYTES} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    throw new ControlError(400, 'INVALID_MESSAGE', 'the body should be one JSON object')
  }
}
