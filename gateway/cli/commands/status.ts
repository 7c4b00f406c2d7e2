import type { Command } from 'commander'
import type { StatusAnswer } from '../answers.ts'
import { call, outputOf } from '../call.ts'
import { details, moment, money } from '../text.ts'

export function addStatus(status: Command): void {
  status.action(async (_options: object, command: Command) => {
    const status = await call(command, 'status', {})
    outputOf(command).answer(status, () => inWords(status))
  })
}

function inWords({ host, devices, lastPayment: last, ...status }: StatusAnswer): string {
  return details([
    ['site', status.site],
    ['ready', status.ready ? 'yes' : `no: ${status.reasons.join('; ')}`],
    ['host', `${host.url} (${host.environment}), ${host.state} since ${moment(host.since)}`],
    ['broker', status.broker.join(', ')],
    ['terminals', status.terminals],
    ['devices', `${devices.registered}, ${devices.online} online`],
    ['deliveries pending', status.deliveriesPending],
    ['orders for a person', status.attention],
    ['last payment', last && `${money(last.amount)}, ${last.referenceNumber}, ${moment(last.receivedAt)}`],
  ])
}
