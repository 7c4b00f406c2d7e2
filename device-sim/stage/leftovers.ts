/**
 * What a stage starts and makes outside its own process: undone by whoever made it, and when the process exits before that,
 * by the exit. Only a process that is killed on the spot leaves anything behind.
 */
import type { ChildProcess } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const children = new Set<ChildProcess>()
const folders = new Set<string>()

process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL')
  for (const folder of folders) remove(folder)
})

/** A process that must not outlive this one. */
export function endsWithUs(child: ChildProcess): void {
  children.add(child)
  child.once('exit', () => children.delete(child))
}

/** A new empty folder that is gone with this process at the latest; `mode` where not only its owner may come through. */
export function temporaryFolder(prefix: string, mode = 0o700): string {
  const folder = mkdtempSync(join(tmpdir(), prefix))
  folders.add(folder)
  chmodSync(folder, mode)
  return folder
}

/** Removes a temporary folder now. */
export function removeFolder(folder: string): void {
  remove(folder)
  folders.delete(folder)
}

function remove(folder: string): void {
  // A process that has just been killed may still be putting a file in.
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 })
}
