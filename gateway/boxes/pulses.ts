/**
 * How a vending box pays its machine: a train of pulses on one wire, the longer the more was paid (public firmware). While it
 * lasts the box hears nothing, and a second payment inside it would take the place of the first; other amounts than these
 * give no pulse at all, without a word. Durations are the firmware's own defaults: 150 ms on, 50 ms off, a pulse for 5,000 đ.
 */
const PAYABLE: readonly number[] = [10_000, 20_000, 50_000, 100_000, 200_000, 500_000]
export const LARGEST_PAYABLE = 500_000
const VND_A_PULSE = 5_000
const PULSE_MS = 150 + 50
/** Between the end of one train and the next payment. */
const REST_MS = 1_500

/** Whether the box can turn this amount into goods. */
export function isPayable(amount: number): boolean {
  return PAYABLE.includes(amount)
}

/** The amounts as a person reads them. */
export const PAYABLE_IN_WORDS = PAYABLE.map(amount => `${amount / 1000},000`).join(', ')

/** Milliseconds from a payment to the earliest next one. */
export function payingMs(amount: number): number {
  return Math.floor(amount / VND_A_PULSE) * PULSE_MS + REST_MS
}
