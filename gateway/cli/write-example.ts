import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { exampleConfig } from '../config/example.ts'
import { CommandFailure } from '../control/failure.ts'
import { EXIT } from '../exit-codes.ts'

/** Writes the commented example to `file` or ./gateway.yaml. Returns its absolute path. @throws CommandFailure exit 1 when it exists */
export function writeExample(file = 'gateway.yaml'): string {
  const path = resolve(file)
  try {
    writeFileSync(path, exampleConfig(), { flag: 'wx' })
    return path
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error
    if (error.code === 'EEXIST') {
      throw new CommandFailure(EXIT.failed, `${path} exists and is left as it is; name another with --config FILE`)
    }
    if (error.code === 'ENOENT')
      throw new CommandFailure(EXIT.failed, `the folder of ${path} does not exist; make it first`)
    if (error.code === 'ENOTDIR') {
      throw new CommandFailure(EXIT.failed, `the folder of ${path} is a file; name another with --config FILE`)
    }
    throw error
  }
}
