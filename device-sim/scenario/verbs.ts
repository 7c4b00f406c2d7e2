import type { Verb } from './verb.ts'
import { DEVICE_VERBS } from './verbs/device.ts'
import { NOTICED } from './verbs/noticed.ts'
import { OTHER_VERBS } from './verbs/others.ts'
import { PEOPLE_VERBS } from './verbs/people.ts'

/** Everything a line of a story can say. */
export const VERBS: readonly Verb[] = [...PEOPLE_VERBS, ...DEVICE_VERBS, ...NOTICED, ...OTHER_VERBS]
