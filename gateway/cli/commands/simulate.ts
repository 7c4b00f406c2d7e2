import type { Command } from 'commander'
import { call, outputOf } from '../call.ts'
import { money } from '../text.ts'

export function addSimulate(simulate: Command): void {
  simulate.argument('<order>', 'its id').action(async (id: string, _options: object, command: Command) => {
    const order = await call(command, 'simulate', { id })
    const { orderId, state, received, amount } = order
    outputOf(command).done(order, `order ${orderId} is ${state}: ${money(received)} of ${money(amount)}`)
  })
}
