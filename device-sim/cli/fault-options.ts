import { type Command, InvalidArgumentError, Option } from 'commander'
import { FAULT_NAMES, FAULTS, type FaultName, type FaultValues, switchOf } from '../host/faults.ts'

/** A switch for every fault of the table. */
export function addFaultOptions(command: Command): void {
  for (const name of FAULT_NAMES) {
    const { takes, words, healthy } = FAULTS[name]
    const usual = healthy === '' || typeof healthy === 'boolean' ? '' : ` (default: ${healthy})`
    const option = new Option([switchOf(name), takes].filter(Boolean).join(' '), words + usual).helpGroup('Faults:')
    command.addOption(takes === null ? option : option.argParser(word => faultValue(name, word)))
  }
}

/** The faults among the options as they were typed. */
export function faultsIn(options: Partial<FaultValues>): Partial<FaultValues> {
  return Object.fromEntries(FAULT_NAMES.flatMap(name => (options[name] === undefined ? [] : [[name, options[name]]])))
}

function faultValue(name: FaultName, word: string): unknown {
  const { healthy, schema } = FAULTS[name]
  const value = typeof healthy === 'number' && /^-?\d+(\.\d+)?$/.test(word) ? Number(word) : word
  const result = schema.safeParse(value)
  if (result.success) return result.data
  throw new InvalidArgumentError(`It ${result.error.issues.map(({ message }) => message).join('; ')}.`)
}
