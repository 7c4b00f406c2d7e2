import { QUIET_ZONE, qrModules } from '../../gateway/cli/qr-modules.ts'

/** A QR code as a page draws it: a path of dark modules in a square of `side` units, its quiet zone included. */
export interface QrPath {
  readonly side: number
  readonly path: string
}

/** Null for a text no code can hold. */
export function qrPath(text: string): QrPath | null {
  let modules: ReturnType<typeof qrModules>
  try {
    modules = qrModules(text)
  } catch {
    return null
  }
  const runs = modules.flatMap((row, y) => darkRuns(row).map(({ from, length }) => run(from, y, length)))
  return { side: modules.length + 2 * QUIET_ZONE, path: runs.join('') }
}

function run(x: number, y: number, length: number): string {
  return `M${x + QUIET_ZONE} ${y + QUIET_ZONE}h${length}v1h-${length}z`
}

/** Neighbours are drawn in one piece: seams between them would show as light hairlines. */
function darkRuns(row: readonly boolean[]): { readonly from: number; readonly length: number }[] {
  const runs: { readonly from: number; readonly length: number }[] = []
  let from = 0
  while (from < row.length) {
    const light = row.indexOf(false, from)
    const end = light === -1 ? row.length : light
    if (end > from) runs.push({ from, length: end - from })
    from = end + 1
  }
  return runs
}
