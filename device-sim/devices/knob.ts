/** What a switch of a simulated device is, and the usual sorts of them. */
import type { Quirks, SimulatedKind } from './quirks.ts'

/** A switch with a value that cannot be, or on a kind that has no such part. */
export class KnobError extends Error {
  override readonly name = 'KnobError'
  readonly code = 'KNOB_INVALID'
}

export interface Switch {
  /** As it is typed, without the dashes. */
  readonly name: string
  /** What stands for its value; null for one that is only there or not. */
  readonly value: string | null
  readonly words: string
  /** Left out: all. */
  readonly kinds?: readonly SimulatedKind[]
  /** @throws KnobError that says what would be right; `text` is empty for a switch without a value */
  readonly read: (text: string) => Partial<Quirks>
}

export interface Knob {
  readonly number: number
  readonly title: string
  readonly switches: readonly Switch[]
  /** Where the quirk is played that no switch of a device can play. */
  readonly elsewhere?: string
}

export function flag(name: string, words: string, quirks: Partial<Quirks>, kinds?: readonly SimulatedKind[]): Switch {
  return { name, value: null, words, read: () => quirks, ...(kinds === undefined ? {} : { kinds }) }
}

export function choice<T extends string>(
  name: string,
  values: readonly T[],
  words: string,
  quirks: (value: T) => Partial<Quirks>,
  kinds?: readonly SimulatedKind[],
): Switch {
  const read = (text: string): Partial<Quirks> => {
    const value = values.find(known => known === text)
    return value === undefined ? wrong(name, text, `one of ${values.join(', ')}`) : quirks(value)
  }
  return { name, value: values.join('|'), words, read, ...(kinds === undefined ? {} : { kinds }) }
}

export function number(
  name: string,
  value: string,
  least: number,
  most: number,
  words: string,
  quirks: (value: number) => Partial<Quirks>,
  kinds?: readonly SimulatedKind[],
): Switch {
  const read = (text: string): Partial<Quirks> => {
    const right = /^\d{1,6}$/.test(text) && Number(text) >= least && Number(text) <= most
    return right ? quirks(Number(text)) : wrong(name, text, `a whole number from ${least} to ${most}`)
  }
  return { name, value, words, read, ...(kinds === undefined ? {} : { kinds }) }
}

export function wrong(name: string, text: string, right: string): never {
  throw new KnobError(`--${name}: ${JSON.stringify(text.slice(0, 40))} cannot be; it should be ${right}`)
}
