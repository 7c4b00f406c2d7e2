import { writeFileSync } from 'node:fs'
import { usage } from './failure.ts'

/** Writes what `--report` asks for. @throws SimFailure */
export function keepReport(file: string, text: string): void {
  try {
    writeFileSync(file, text)
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    throw usage(`--report: ${file} cannot be written (${why}); name a file in a folder that is there`)
  }
}
