import { z } from 'zod'
import type { Effect } from '../../devices/effects.ts'
import { duration, type Verb, verb } from '../verb.ts'

/** How long a line waits for what it wants to notice, unless it says otherwise. */
const WITHIN_MS = 10_000
const NOT_FOR_MS = 1_500

/** What can be noticed of a device, and the field that a bare value stands for. */
const EFFECTS: readonly (readonly [
  does: string,
  doesNot: string,
  effect: Effect['effect'],
  bare: string,
  means: string,
])[] = [
  [
    'shows',
    'does not show',
    'screen',
    'state',
    'on its screen: a state, or {state, amount, received, qr, paying, error, view}; paying: the amount in the code',
  ],
  ['says', 'does not say', 'speak', 'text', 'spoken: a part of the text, or {text, kind, amount, count}'],
  ['calls', 'does not call', 'call', 'ticket', 'called: a ticket, or {ticket, counter, callNumber, text}'],
  ['dispenses', 'does not dispense', 'dispense', 'item', 'released: an item, or {item, amount}'],
  ['pulses', 'does not pulse', 'pulse', 'pulses', 'credited by pulses: how many, or {pulses, amount}'],
]

function noticed(bare: string) {
  const scalar = z.union([z.string(), z.number(), z.boolean()])
  return z.union([
    z.null().transform(() => ({ within: WITHIN_MS, fields: {} })),
    scalar.transform(value => ({ within: WITHIN_MS, fields: { [bare]: value } })),
    z
      .object({ within: duration.default(WITHIN_MS) })
      .catchall(scalar)
      .transform(({ within, ...fields }) => ({ within, fields })),
  ])
}

const notNoticed = z.union([
  z.null().transform(() => ({ for: NOT_FOR_MS, fields: {} })),
  duration.transform(time => ({ for: time, fields: {} })),
  z
    .object({ for: duration.default(NOT_FOR_MS) })
    .catchall(z.union([z.string(), z.number(), z.boolean()]))
    .transform(({ for: time, ...fields }) => ({ for: time, fields })),
])

const atMost = z.strictObject({ times: z.int().min(0), for: duration.default(NOT_FOR_MS) })

const EACH: readonly Verb[] = EFFECTS.flatMap(([does, doesNot, effect, bare, means]) => [
  verb('device', does, noticed(bare), means, (scene, deviceId, { within, fields }) =>
    scene.witness.notices({ deviceId, effect, fields }, within),
  ),
  verb('device', doesNot, notNoticed, `for a time, or {for, …}: nothing is ${means}`, (scene, deviceId, value) =>
    scene.witness.doesNotNotice({ deviceId, effect, fields: value.fields }, value.for),
  ),
])

export const NOTICED: readonly Verb[] = [
  ...EACH,
  verb(
    'device',
    'pulses at most',
    atMost,
    '{times, for}: where once and never are both right',
    (scene, deviceId, value) =>
      scene.witness.noticesAtMost({ deviceId, effect: 'pulse', fields: {} }, value.times, value.for),
  ),
]
