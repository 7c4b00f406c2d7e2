import { z } from 'zod'
import type { Scene } from './scene.ts'

/** Who a line of a story is about. */
export type Subject = 'device' | 'customer' | 'person' | 'host' | 'gateway' | 'ledger' | 'time'

/** What a line does, or waits for. Rejects with StoryFailure when it does not come about. */
export type Play = (scene: Scene, subject: string) => Promise<void>

/** Something a line can say. */
export interface Verb {
  readonly subject: Subject
  /** The words after the subject. */
  readonly said: string
  /** What it means, for the documentation. */
  readonly means: string
  /** What the line does with this value; the sentence says why it can do nothing with it. */
  understand(value: unknown): Play | string
}

/** A verb whose value has a shape. */
export function verb<Shape extends z.ZodType>(
  subject: Subject,
  said: string,
  shape: Shape,
  means: string,
  play: (scene: Scene, subject: string, value: z.output<Shape>) => Promise<void>,
): Verb {
  return {
    subject,
    said,
    means,
    understand(value) {
      const result = shape.safeParse(value)
      if (!result.success) return z.prettifyError(result.error).replaceAll('\n', ' ')
      return (scene, who) => play(scene, who, result.data)
    },
  }
}

/** A line of the story did not come about. */
export class StoryFailure extends Error {
  override readonly name = 'StoryFailure'
}

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000 }

/** `500ms`, `2s`, `1m`, as milliseconds. */
export const duration = z
  .string()
  .regex(/^\d{1,5}(ms|s|m)$/, { error: 'should be a time such as 500ms or 2s' })
  .transform(text => {
    const unit = text.replace(/^\d+/, '')
    return Number(text.slice(0, -unit.length)) * (UNIT_MS[unit] ?? 0)
  })

/** For lines that need no value. */
export const nothing = z.null({ error: 'takes no value' })
