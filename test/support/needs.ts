import { findMosquitto, NEEDS_MOSQUITTO } from './mosquitto.ts'

/**
 * For the `skip` of a test: why it is left out on this machine, or false. Where none may be left out (`EVERY_TEST=1`, as in
 * the gate of the project) it throws instead.
 */
export function needsMosquitto(): string | false {
  if (findMosquitto() !== null) return false
  if (process.env.EVERY_TEST === '1') throw new Error(NEEDS_MOSQUITTO)
  return NEEDS_MOSQUITTO
}
