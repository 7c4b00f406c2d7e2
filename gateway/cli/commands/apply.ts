import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import type { ApplyAnswer } from '../../control/apply-commands.ts'
import type { FleetChange } from '../../ledger/registry-book.ts'
import { call, outputOf } from '../call.ts'
import { cardInWords } from '../card-words.ts'
import { harmless } from '../text.ts'

interface ApplyOptions {
  readonly dryRun?: boolean
  readonly credentials?: string
}

export function addApply(apply: Command): void {
  apply
    .argument('<file>', 'a fleet file in YAML')
    .option('--dry-run', 'only show what would change')
    .option('--credentials <dir>', 'write the credentials of each new device into a file of its own, mode 0600')
    .action(async (file: string, { dryRun = false, credentials: folder }: ApplyOptions, command: Command) => {
      const { readFleet } = await import('../read-fleet.ts')
      const fleet = readFleet(resolve(file))
      if (folder !== undefined && !dryRun) mkdirSync(folder, { recursive: true, mode: 0o700 })
      const answer = await call(command, dryRun ? 'apply --dry-run' : 'apply', fleet)
      const { drawQrWithin } = await import('../qr.ts')
      const output = outputOf(command)
      const draw = (text: string): string => drawQrWithin(text, output.width)
      if (folder === undefined || dryRun) {
        output.answer(answer, () => [inWords(answer), ...cards(answer, draw)].join('\n'))
        return
      }
      const written = new Set(answer.credentials.filter(card => wrote(folder, card)).map(({ deviceId }) => deviceId))
      // What could not be written is printed: it exists nowhere else.
      const rest = { ...answer, credentials: answer.credentials.filter(({ deviceId }) => !written.has(deviceId)) }
      output.answer(rest, () => [inWords(answer), ...cards(rest, draw)].join('\n'))
      if (written.size > 0) output.note(`credentials of ${written.size} devices are in ${folder}`)
      if (rest.credentials.length > 0) {
        output.note(`not every file could be written into ${folder}; those credentials are printed instead`)
        process.exitCode = 1
      }
    })
}

function wrote(folder: string, card: ApplyAnswer['credentials'][number]): boolean {
  try {
    writeFileSync(join(folder, `${card.deviceId}.json`), `${JSON.stringify(card, null, 2)}\n`, {
      mode: 0o600,
      flag: 'wx',
    })
    return true
  } catch {
    return false
  }
}

function cards({ credentials }: ApplyAnswer, draw: (text: string) => string): string[] {
  return credentials.map(card => `\n${cardInWords(card, draw)}`)
}

const SIGNS = { add: '+', change: '~', remove: '-' } as const

function inWords({ changes, unchanged }: ApplyAnswer): string {
  const count = unchanged === 1 ? '1 entry is' : `${unchanged} entries are`
  return [...changes.map(lineOf), `${count} as declared already`].join('\n')
}

function lineOf({ change, what, id, fields }: FleetChange): string {
  const differences = Object.entries(fields).map(([key, { from, to }]) => `${key}: ${words(from)} → ${words(to)}`)
  return `${SIGNS[change]} ${what} ${harmless(id)}${differences.length === 0 ? '' : `  ${differences.join(', ')}`}`
}

function words(value: unknown): string {
  return value === null || value === undefined ? '-' : harmless(String(value))
}
