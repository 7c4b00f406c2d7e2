import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdirSync, mkdtempSync, openSync, rmdirSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Happenings } from '../support/happenings.ts'

const SMALL = '16m'
const FILLER = 'filler'

/** Whether this process may mount a file system: root may. */
export function mayMount(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'vietqr-mount-'))
  try {
    system('mount', '-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder)
    system('umount', folder)
    return true
  } catch {
    return false
  } finally {
    rmdirSync(folder)
  }
}

/** A tracer beside a sleeper, both children of one shell, as the gateway and its tracer are of a proof. */
const ATTACH = `sleep 5 & sleeper=$!
strace -o /dev/null -p $sleeper & tracer=$!
sleep 0.3
grep -q "TracerPid:[[:space:]]*[1-9]" /proc/$sleeper/status; held=$?
kill $tracer $sleeper
exit $held`

/** Whether this process may meddle with the calls of a process that runs already. */
export function mayAttach(): boolean {
  return spawnSync('sh', ['-c', ATTACH], { stdio: 'ignore' }).status === 0
}

/** A disk of its own, so small that it can be filled. */
export class SmallDisk implements Disposable {
  readonly #folder: string

  private constructor(folder: string) {
    this.#folder = folder
  }

  static mountAt(folder: string): SmallDisk {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    system('mount', '-t', 'tmpfs', '-o', `size=${SMALL},mode=700`, 'tmpfs', folder)
    return new SmallDisk(folder)
  }

  /** Not a byte more fits. */
  fill(): void {
    const handle = openSync(join(this.#folder, FILLER), 'w')
    try {
      for (let bytes = 65_536; bytes >= 512; bytes /= 2) writeUntilFull(handle, Buffer.alloc(bytes))
    } finally {
      closeSync(handle)
    }
  }

  free(): void {
    rmSync(join(this.#folder, FILLER), { force: true })
  }

  [Symbol.dispose](): void {
    system('umount', this.#folder)
  }
}

/** @throws Error when the program fails */
function system(program: string, ...args: readonly string[]): void {
  execFileSync(program, args, { stdio: 'ignore' })
}

function writeUntilFull(handle: number, block: Buffer): void {
  try {
    for (;;) writeSync(handle, block)
  } catch {
    // No room for a block of this size any more.
  }
}

/** From `begin` to `end` these calls of a running process fail with `error` on these files, as they do on a broken disk. */
export class FailingCalls {
  readonly #tracer: ChildProcess

  private constructor(tracer: ChildProcess) {
    this.#tracer = tracer
  }

  static async begin(
    pid: number,
    files: readonly string[],
    calls: readonly string[],
    error: string,
  ): Promise<FailingCalls> {
    const named = calls.join(',')
    const meddling = ['-e', `trace=${named}`, '-e', `inject=${named}:error=${error}`]
    const paths = files.flatMap(file => ['-P', file])
    const tracer = spawn('strace', ['-f', '-o', '/dev/null', ...paths, ...meddling, '-p', String(pid)], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    const happenings = new Happenings()
    let said = ''
    tracer.stderr.on('data', chunk => {
      said += String(chunk)
      happenings.happened()
    })
    await happenings.until(() => said.includes('attached'), 'strace holds the process')
    return new FailingCalls(tracer)
  }

  async end(): Promise<void> {
    const exited = once(this.#tracer, 'exit')
    this.#tracer.kill('SIGINT')
    await exited
  }
}
