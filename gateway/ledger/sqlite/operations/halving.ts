/**
 * The lowest number from 1 to `last` for which `holds` is true, `last` + 1 when there is none. It has to be true for all numbers after
 * one for which it is: the span in question is halved again and again, which spares an index that every row would pay for.
 */
export function lowest(last: number, holds: (number: number) => boolean): number {
  let low = 1
  let high = last + 1
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    if (holds(middle)) high = middle
    else low = middle + 1
  }
  return low
}
