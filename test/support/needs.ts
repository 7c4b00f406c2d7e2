import { spawnSync } from 'node:child_process'
import { findMosquitto, NEEDS_MOSQUITTO } from '../../device-sim/stage/mosquitto-process.ts'
import { findChromium, NEEDS_CHROMIUM } from './chromium.ts'

/** The reason tests give when they are skipped. */
const NEEDS_STRACE = 'needs strace, on Linux: apt-get install strace'

/**
 * For the `skip` of a test: why it is left out on this machine, or false. Where none may be left out (`EVERY_TEST=1`, as in
 * the gate of the project) it throws instead.
 */
export function needsMosquitto(): string | false {
  return findMosquitto() === null && leftOut(NEEDS_MOSQUITTO)
}

/** The same for tests that watch, or meddle with, the system calls of a gateway on a real broker. */
export function needsMosquittoAndStrace(): string | false {
  const traces = spawnSync('strace', ['-D', '-qq', '-o', '/dev/null', 'true']).status === 0
  return needsMosquitto() || (!traces && leftOut(NEEDS_STRACE))
}

/** The same for tests that look at a page. */
export function needsChromium(): string | false {
  return findChromium() === null && leftOut(NEEDS_CHROMIUM)
}

function leftOut(reason: string): string {
  if (process.env.EVERY_TEST === '1') throw new Error(reason)
  return reason
}
