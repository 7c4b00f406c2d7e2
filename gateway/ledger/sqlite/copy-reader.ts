import { once } from 'node:events'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { z } from 'zod'
import { BackupError } from '../ledger.ts'
import { assertSound } from './copy.ts'

/** Reading a backup back, in a thread of its own: a large one takes seconds. This file is both ends of it. */

const taskShape = z.object({ copyToRead: z.string(), schema: z.number() })
const answerShape = z.union([z.object({ payments: z.number(), orders: z.number() }), z.object({ failure: z.string() })])

export interface CopyCounts {
  readonly payments: number
  readonly orders: number
}

/** How much is in a copy that is sound. @throws BackupError when it is not, or when the signal comes first */
export async function readBack(copy: string, schema: number, signal: AbortSignal): Promise<CopyCounts> {
  const reader = new Worker(new URL(import.meta.url), { workerData: { copyToRead: copy, schema } })
  try {
    const [message] = await once(reader, 'message', { signal })
    const answer = answerShape.parse(message)
    if ('failure' in answer) throw new BackupError(`the backup was written but cannot be read back: ${answer.failure}`)
    return answer
  } finally {
    await reader.terminate()
  }
}

function read(): z.infer<typeof answerShape> {
  const { copyToRead, schema } = taskShape.parse(workerData)
  try {
    return assertSound(copyToRead, schema, db => ({
      payments: Number(db.prepare('SELECT count(*) FROM payments').pluck().get()),
      orders: Number(db.prepare('SELECT count(*) FROM orders').pluck().get()),
    }))
  } catch (error) {
    return { failure: error instanceof Error ? error.message : String(error) }
  }
}

if (!isMainThread && taskShape.safeParse(workerData).success) parentPort?.postMessage(read())
