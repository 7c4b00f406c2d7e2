import { type Command, InvalidArgumentError } from 'commander'

/** `vietqr-sim scenario` as it was typed. */
export interface ScenarioOptions {
  readonly seed: number
  readonly report?: string
  readonly only?: string
  readonly jobs: number
  readonly slow?: boolean
  readonly mosquitto?: boolean
}

const MORE = `
Each scenario is played on a shop of its own: a simulated VietQR, the gateway as a process, and its devices. It fails at the
first line that does not come about, or when something is spoken, called or released that no line asked for. The library
that ships is device-sim/scenarios/*.yaml; docs/scenarios.md explains how they are written.`

export function addScenario(program: Command): void {
  program
    .command('scenario')
    .description('play stories of a shop against the gateway and assert what people notice')
    .argument('<file...>', 'scenario files, YAML')
    .option('--only <words>', 'only those whose name or file holds the words, or that cover a trap such as T10')
    .option('--seed <n>', 'the same tokens, ids and references in every run', wholeNumber, 1)
    .option('--jobs <n>', 'how many are played at the same time', jobs, 2)
    .option('--slow', 'also those that take longer than a minute')
    .option('--mosquitto', "with one Mosquitto as VietQR's broker and one as the shop's")
    .option('--report <junit:file>', 'write a report for a build server', report)
    .addHelpText('after', MORE)
    .action(async (files: readonly string[], options: ScenarioOptions) => {
      const { runScenarios } = await import('../run-scenarios.ts')
      await runScenarios(files, options)
    })
}

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It must be a whole number of at most nine digits.')
  return Number(text)
}

function jobs(text: string): number {
  if (!/^([1-9]|1\d|2[0-4])$/.test(text)) throw new InvalidArgumentError('It must be 1 to 24.')
  return Number(text)
}

/** The file of `junit:FILE`. */
function report(text: string): string {
  const [, file] = /^junit:(.+)$/.exec(text) ?? []
  if (file === undefined) throw new InvalidArgumentError('It must be junit: and the name of a file.')
  return file
}
