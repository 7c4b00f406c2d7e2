import { z } from 'zod'

/** Reports a problem at one key of the object the rule is about; a number is a place in a list. */
type Report = (path: readonly (string | number)[], message: string) => void

/**
 * A rule about several keys of one object.
 *
 * zod leaves such rules out as soon as any key of the object is wrong. Here a rule runs whenever the keys it `reads` are
 * right, so that one start names every problem instead of the next one after each correction.
 */
export function rule<Shape extends object>(
  reads: readonly (keyof Shape & string)[],
  check: (value: Shape, wrong: Report) => void,
) {
  return z.superRefine<Shape>(
    (value, context) => check(value, (path, message) => context.addIssue({ code: 'custom', path: [...path], message })),
    {
      when: ({ value, issues }) =>
        typeof value === 'object' && value !== null && !issues.some(issue => hides(issue, reads)),
    },
  )
}

/** Whether this issue leaves one of the keys, or the whole object, without a usable value. */
function hides(issue: z.core.$ZodRawIssue, keys: readonly string[]): boolean {
  if (issue.code === 'unrecognized_keys') return false
  const [first] = issue.path ?? []
  return first === undefined || keys.some(key => key === first)
}
