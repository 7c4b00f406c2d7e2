/** Files with keys in them: readable by this user alone, and whole or not there at all. */
import { randomBytes } from 'node:crypto'
import { chown, link, open, readFile, rename, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'

/** The file's text, or undefined when there is none. */
export async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined
    throw error
  }
}

/** Writes the file unless it exists; returns whether it was this call that made it. Of several processes one does. */
export async function createSecret(file: string, text: string): Promise<boolean> {
  return viaTemporary(file, text, 0o600, async temporary => {
    try {
      // A link is made only where nothing is, and to a file that is complete: `open` with `wx` gives the first alone.
      await link(temporary, file)
      return true
    } catch (error) {
      if (hasCode(error, 'EEXIST')) return false
      throw error
    } finally {
      await unlink(temporary)
    }
  })
}

interface FileOwner {
  readonly uid: number
  readonly gid: number
}

/** Writes the file in place of what was there, and gives it to `owner`, which only root may do. */
export async function replaceFile(file: string, text: string, mode: number, owner?: FileOwner): Promise<void> {
  await viaTemporary(file, text, mode, async temporary => {
    if (owner !== undefined) await chown(temporary, owner.uid, owner.gid)
    await rename(temporary, file)
  })
}

async function viaTemporary<T>(
  file: string,
  text: string,
  mode: number,
  place: (temporary: string) => Promise<T>,
): Promise<T> {
  const temporary = `${file}.${randomBytes(6).toString('hex')}.tmp`
  const handle = await open(temporary, 'wx', mode)
  try {
    await handle.writeFile(text)
    await handle.sync()
  } finally {
    await handle.close()
  }
  const placed = await place(temporary)
  await syncFolder(dirname(file))
  return placed
}

/** The new name has to be on disk too. Not every system can do this to a folder. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
