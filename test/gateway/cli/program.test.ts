import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Help } from 'commander'
import { buildProgram } from '../../../gateway/cli/program.ts'

test('the list of commands shows of each what it is when it is loaded', async () => {
  const whole = await buildProgram()
  const told = whole.createHelp()
  for (const command of whole.commands) {
    assert.equal(told.subcommandTerm(command), new Help().subcommandTerm(command))
  }
  assert.equal((await buildProgram([])).helpInformation(), whole.helpInformation())
})

test('a command that is named is complete, in whatever place it stands', async () => {
  const whole = await buildProgram()
  for (const words of [
    ['orders', '--help'],
    ['--json', '--config', 'shop.yaml', 'orders', 'list'],
    ['help', 'orders'],
  ]) {
    const help = (await buildProgram(words)).commands.find(command => command.name() === 'orders')?.helpInformation()
    assert.equal(help, whole.commands.find(command => command.name() === 'orders')?.helpInformation())
    assert.match(help ?? '', /resolve/)
  }
})
