import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

/**
 * Disks that fail for real. Each story is told by `disk-stories.ts` in a process of its own, so that the mount or the limit ends
 * with it.
 */

const STORIES = fileURLToPath(new URL('./disk-stories.ts', import.meta.url))

/** Mounts a file system of this size in a namespace of its own; root of it, or of nothing, may do that. */
const MOUNT = 'mount -t tmpfs -o size="$1" tmpfs "$2" && shift 2 && exec "$@"'
/** A file may grow to so many blocks of 512 bytes; only the soft limit, so that it can be lifted again. */
const LIMIT = 'ulimit -S -f "$1" && shift && exec "$@"'

/**
 * For the `skip` of a test: false where a process may mount something for itself. A right of the machine, not a program that
 * can be installed: where it is missing the test is left out everywhere.
 */
export function needsMount(): string | false {
  return works('unshare', ['--mount', '--map-root-user', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'])
    ? false
    : 'needs the right to mount a file system in a namespace (unshare)'
}

/** False where a process can be kept from writing large files, and let do it again. */
export function needsFileLimit(): string | false {
  return works('sh', ['-c', 'ulimit -S -f 1 && prlimit --pid $$ --fsize=unlimited:'])
    ? false
    : 'needs ulimit and prlimit'
}

/** False where files can be made immutable: root on a file system that knows it. */
export function needsImmutableFiles(): string | false {
  const folder = mkdtempSync(join(tmpdir(), 'vietqr-immutable-'))
  try {
    const can = works('sh', ['-c', 'touch "$1/a" && chattr +i "$1/a" && chattr -i "$1/a"', 'sh', folder])
    return can ? false : 'needs root and chattr'
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** The story on a disk of so many KiB. */
export function onSmallDisk(story: string, kibibytes: number): Promise<unknown> {
  return told(story, folder => {
    const mounted = ['sh', '-c', MOUNT, 'sh', `${kibibytes}k`, folder]
    return ['unshare', '--mount', '--map-root-user', ...mounted]
  })
}

/** The story where no file can grow beyond so many KiB. */
export function withFileLimit(story: string, kibibytes: number): Promise<unknown> {
  return told(story, () => ['sh', '-c', LIMIT, 'sh', String(kibibytes * 2)])
}

/** The story on an ordinary disk. */
export function onThisDisk(story: string): Promise<unknown> {
  return told(story, () => ['env'])
}

/** What the story has to say at its end: one JSON value. */
async function told(story: string, prefix: (folder: string) => readonly string[]): Promise<unknown> {
  const home = mkdtempSync(join(tmpdir(), 'vietqr-disk-'))
  const folder = join(home, 'disk')
  mkdirSync(folder)
  try {
    const [command = '', ...args] = [...prefix(folder), process.execPath, STORIES, story, folder]
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    const [stdout, stderr, [code, signal]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'close'),
    ])
    if (code !== 0) throw new Error(`${story} ended with ${code ?? signal}: ${stderr}`)
    return JSON.parse(stdout)
  } finally {
    rmSync(home, { recursive: true })
  }
}

function works(command: string, args: readonly string[]): boolean {
  try {
    execFileSync(command, args, { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
