import { test } from 'node:test'
import type { Proof } from './proof.ts'

/** The short form of a proof as a test; the full one is `npm run chaos`. */
export function proves(promise: string, proof: Proof): void {
  test(promise, { skip: proof.needs() }, async () => {
    await proof.run({ seed: 1, short: true })
  })
}
