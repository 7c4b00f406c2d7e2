import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { Command } from 'commander'
import { buildProgram as buildSimulator } from '../../device-sim/cli/program.ts'
import { NEEDS_MOSQUITTO } from '../../device-sim/stage/mosquitto-process.ts'
import { buildProgram } from '../../gateway/cli/program.ts'
import { loadSettings } from '../../gateway/config/load.ts'
import { loadSecrets } from '../../gateway/config/secrets.ts'
import { NEEDS_CHROMIUM } from '../support/chromium.ts'
import { needsMosquitto } from '../support/needs.ts'
import { type Block, blocks, page } from './markdown.ts'
import { COVERED, type Covered, KNOWN_BY_NAME, PAY_ORDER, VENDING_KEYS } from './readme-commands.ts'
import { ReadmeShop } from './readme-shop.ts'

/**
 * README.md is typed in by people who see the project for the first time: every command it shows is run here, in the order of the
 * page, in a folder that looks like a checkout. A command this test does not know fails it, and so does one it knows and the
 * page no longer has.
 */

const PAGE = 'README.md'
const SHELL_BLOCKS = blocks(PAGE, 'sh')
const { scripts }: { scripts: Record<string, string> } = JSON.parse(page('package.json'))

function commandsOf(block: Block): string[] {
  return block.text.split('\n').filter(line => line !== '')
}

function coverOf(line: string): Covered | undefined {
  return COVERED.find(({ command }) => line.startsWith(command))
}

describe('README.md, typed in', () => {
  let shop: ReadmeShop

  before(async () => {
    shop = await ReadmeShop.open()
  })
  after(() => shop[Symbol.asyncDispose]())

  async function typeSection(heading: string): Promise<void> {
    const lines = SHELL_BLOCKS.filter(block => block.heading === heading).flatMap(commandsOf)
    assert.notEqual(lines.length, 0, `${PAGE} has no commands under ${heading}`)
    for (const line of lines) {
      const covered = coverOf(line)
      if (covered !== undefined) await shop.type(line, covered)
      else assert.ok(KNOWN_BY_NAME.includes(line), `no test covers: ${line}`)
    }
  }

  it('the technician’s ten minutes end with a paid order', () => {
    return typeSection('The first ten minutes of a technician')
  })

  it('the programmer’s end with an order and its payment on a pos', { skip: needsMosquitto() }, async () => {
    await typeSection('The first ten minutes of a device’s programmer'.replace('’', "'"))
    await shop.type(PAY_ORDER, { command: PAY_ORDER, says: /"referenceNumber"/ })
    await shop.window('pos').says(/down\/order .*"requestId":"try-1".*"state":"paid"/)
    await shop.window('pos').says(/down\/payment .*"match":"exact"/)
  })

  it('the tester’s end with goods released once, after a warning', async () => {
    assert.ok(page(PAGE).includes(`Type \`${VENDING_KEYS}\``))
    await typeSection('The first ten minutes of a tester')
    const { output } = shop.window('vending')
    assert.equal(output.match(/"effect":"dispense"/g)?.length, 1)
    assert.ok(output.indexOf('"state":"underpaid"') < output.indexOf('"effect":"dispense"'))
  })
})

describe('README.md, looked at', () => {
  it('shows no command that is not covered, and every one that is', () => {
    const lines = SHELL_BLOCKS.flatMap(commandsOf)
    assert.deepEqual(
      lines.filter(line => coverOf(line) === undefined && !KNOWN_BY_NAME.includes(line)),
      [],
    )
    const unused = COVERED.filter(covered => !lines.some(line => coverOf(line) === covered))
    assert.deepEqual(
      [...unused.map(({ command }) => command), ...KNOWN_BY_NAME.filter(line => !lines.includes(line))],
      [],
    )
  })

  it('has each command that is only known by its name as package.json and the tests have it', async () => {
    const named = KNOWN_BY_NAME.flatMap(line => [...line.matchAll(/npm (?:run )?(\w+)/g)].map(([, name = '']) => name))
    for (const name of named.filter(name => name !== 'ci')) assert.ok(name in scripts, `npm has no script ${name}`)
    assert.equal(scripts.start, 'node gateway/bin.mjs sandbox')
    assert.match(scripts.test ?? '', /^node --test /)
    const sandbox = (await buildProgram()).commands.find(command => command.name() === 'sandbox')
    assert.ok(sandbox?.options.some(option => option.long === '--once'))
    assert.match(NEEDS_MOSQUITTO, /apt-get install mosquitto mosquitto-clients$/)
    assert.match(NEEDS_CHROMIUM, /apt-get install chromium$/)
  })

  it('opens with three sentences, a picture, and the two commands', () => {
    const [title = '', opening = '', picture = ''] = page(PAGE).split('\n\n')
    assert.match(title, /^# /)
    assert.equal(opening.match(/[.!?](?=\s|$)/g)?.length, 3)
    assert.match(picture, /^```text\n/)
    assert.deepEqual(SHELL_BLOCKS.slice(0, 2).flatMap(commandsOf), ['npm ci && npm start', 'npm ci && npm test'])
  })

  it('shows configurations that are valid', () => {
    for (const { text, place } of blocks(PAGE, 'yaml')) {
      const folder = mkdtempSync(join(tmpdir(), 'vietqr-readme-'))
      try {
        const file = join(folder, 'gateway.yaml')
        writeFileSync(file, text.replace('./secrets/', './'))
        writeFileSync(join(folder, 'host-password'), 'password-for-tests\n', { mode: 0o600 })
        assert.doesNotThrow(() => loadSecrets(loadSettings(file, {}), {}), place)
      } finally {
        rmSync(folder, { recursive: true })
      }
    }
  })

  it('names exactly the commands that are missing', async () => {
    const whole = await buildProgram()
    const gateway = [
      ...[
        'doctor',
        'apply',
        'pairing',
        'reconcile',
        'trace',
        'watch',
        'audit',
        'backup',
        'broker',
        'lookup',
        'simulate',
      ],
      ...['init', 'config', 'run', 'sandbox', 'status', 'terminals', 'devices', 'orders', 'payments', 'dead-letters'],
      ...['rotate', 'rename', 'move', 'disable', 'enable', 'test', 'pair', 'show', 'remove'].map(it => `devices ${it}`),
      ...['resolve', 'create', 'list', 'show', 'cancel'].map(it => `orders ${it}`),
      ...['export', 'list', 'show'].map(it => `payments ${it}`),
      ...['list', 'show', 'retry'].map(it => `dead-letters ${it}`),
    ].filter(path => !has(whole, path))
    assert.deepEqual(
      listed('Commands that are missing')
        .filter(word => word !== '--wait' && word !== 'devices pair')
        .toSorted(),
      gateway.toSorted(),
    )
    const simulator = ['host', 'device', 'fleet', 'ui', 'acceptance', 'scenario'].filter(
      path => !has(buildSimulator(), path),
    )
    assert.deepEqual(listed('Simulator commands that are missing'), simulator)
  })
})

/** The words in backquotes of the item that begins with this. */
function listed(beginning: string): string[] {
  const item =
    page(PAGE)
      .split(/\n- |\n\n/)
      .find(text => text.startsWith(`**${beginning}**`)) ?? ''
  return [...item.matchAll(/`([^`]+)`/g)].map(([, word = '']) => word)
}

function has(program: Command, path: string): boolean {
  let command: Command | undefined = program
  for (const name of path.split(' ')) command = command?.commands.find(child => child.name() === name)
  return command !== undefined
}
