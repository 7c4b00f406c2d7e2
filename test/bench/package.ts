import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const ROOT = join(import.meta.dirname, '../..')

/** The package as it would be installed, in a temporary folder: what is measured is what people run. */
export class Package implements Disposable {
  readonly #folder: string

  private constructor(folder: string) {
    this.#folder = folder
  }

  static async build(): Promise<Package> {
    const folder = mkdtempSync(join(tmpdir(), 'vietqr-bench-package-'))
    const compiler = join(ROOT, 'node_modules/.bin/tsc')
    await promisify(execFile)(compiler, ['-p', join(ROOT, 'tsconfig.build.json'), '--outDir', join(folder, 'dist')])
    const { files }: { files: string[] } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
    for (const file of ['package.json', ...files]) {
      if (file !== 'dist') cpSync(join(ROOT, file), join(folder, file), { recursive: true })
    }
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
    return new Package(folder)
  }

  /** The launcher of `vietqr-gateway`. */
  get gateway(): string {
    return join(this.#folder, 'gateway/bin.mjs')
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true, force: true })
  }
}
