import type { Command } from 'commander'
import type { Trace } from '../../control/trace-command.ts'
import { call, outputOf } from '../call.ts'
import { harmless, padded } from '../text.ts'

export function addTrace(trace: Command): void {
  trace
    .argument('<reference-or-order>', "the bank's reference, a paymentId or an order id")
    .action(async (about: string, _options: object, command: Command) => {
      const trace = await call(command, 'trace', { about })
      outputOf(command).answer(trace, () => inWords(trace))
    })
}

function inWords({ orderId, referenceNumbers, steps }: Trace): string {
  const head = [orderId === null ? 'no order' : `order ${orderId}`, ...referenceNumbers].map(harmless).join(' · ')
  const lines = steps.map(({ ms, step, subject, text }) => {
    const who = subject === null ? '' : `${subject} `
    return `${padded(`+${ms} ms`, 12, 'right')}  ${padded(step, 9)}  ${harmless(`${who}${text}`)}`
  })
  return [head, ...lines].join('\n')
}
