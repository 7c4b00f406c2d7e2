import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'

/** One system call as strace wrote it down. */
export interface SystemCall {
  readonly name: string
  /** What the first argument, a file descriptor, stands for: a path or the two ends of a connection. */
  readonly target: string
  /** The whole call, arguments and result, as text. */
  readonly text: string
}

/** A call is told when it begins; what it gave back, when it has ended. Of two threads each goes its own way. */
export interface SystemCallReader {
  began(call: SystemCall): void
  ended(call: SystemCall): void
}

const LINE = /^(\d+) +(.*)$/
const CALL = /^(\w+)\(\d+<(.*?)>[,)]/
const UNFINISHED = ' <unfinished ...>'
const RESUMED = /^<\.\.\. \w+ resumed>/

/** Options that make strace write what `readTrace` reads. Its tracer stands aside, so that the traced process is ours to end. */
export function straceOf(calls: readonly string[], file: string): readonly string[] {
  return [
    'strace',
    '-D',
    '-f',
    '-qq',
    '--seccomp-bpf',
    '-yy',
    '-s',
    '70000',
    '-o',
    file,
    '-e',
    `trace=${calls.join(',')}`,
  ]
}

/** Reads a finished trace in the order it happened. */
export async function readTrace(file: string, reader: SystemCallReader): Promise<void> {
  /** By thread, the beginning of the call it is in. */
  const begun = new Map<string, string>()
  for await (const line of createInterface({ input: createReadStream(file) })) {
    const [, thread = '', text = ''] = LINE.exec(line) ?? []
    if (text.endsWith(UNFINISHED)) {
      const head = text.slice(0, -UNFINISHED.length)
      begun.set(thread, head)
      told(head, call => reader.began(call))
    } else if (RESUMED.test(text)) {
      const whole = (begun.get(thread) ?? '') + text.replace(RESUMED, '')
      begun.delete(thread)
      told(whole, call => reader.ended(call))
    } else {
      told(text, call => {
        reader.began(call)
        reader.ended(call)
      })
    }
  }
}

function told(text: string, tell: (call: SystemCall) => void): void {
  const [, name, target] = CALL.exec(text) ?? []
  if (name !== undefined && target !== undefined) tell({ name, target, text })
}

const QUOTED = /"((?:[^"\\]|\\.)*)"(\.\.\.)?/g
const ESCAPES: Readonly<Record<string, number>> = { n: 10, t: 9, r: 13, v: 11, f: 12, a: 7, b: 8, e: 27 }

/** The bytes a call carried; those of all its parts where it has several. @throws Error when strace has cut them off */
export function bytesOf({ text, name }: SystemCall): Buffer {
  const parts = [...text.matchAll(QUOTED)].map(([, quoted = '', cut]) => {
    if (cut !== undefined) throw new Error(`strace did not show all bytes of a ${name}`)
    return unescaped(quoted)
  })
  return Buffer.concat(parts)
}

function unescaped(quoted: string): Buffer {
  const bytes: number[] = []
  for (const [, octal, letter, plain] of quoted.matchAll(/\\([0-7]{1,3})|\\(.)|([^\\])/g)) {
    if (octal !== undefined) bytes.push(Number.parseInt(octal, 8))
    else if (letter !== undefined) bytes.push(ESCAPES[letter] ?? letter.charCodeAt(0))
    else bytes.push((plain ?? '').charCodeAt(0))
  }
  return Buffer.from(bytes)
}
