import type { Command } from 'commander'

/** `vietqr-sim fleet` as it was typed. */
export interface FleetOptions {
  readonly report?: string
}

const MORE = `
The file says how many devices of each kind there are and how often customers come, YAML:

  for: 60s
  terminals: 500
  devices: { soundbox: 500, vending: 400, paybox: 50, countercall: 30, pos: 20 }
  payments: { perSecond: 195 }
  orders: { perSecond: 5, paid: 0.9 }

The devices of each kind are spread over the points of sale (terminals) evenly; the soundboxes, payboxes and pos of one tell of
each of its payments. A simulated VietQR and a gateway are started for it. Each payment has a sum of its own, so that every
effect that is missing or doubled is known by name. The last line on stdout is the report as one JSON value; exit code 1 when
anything is wrong.
Ctrl-C sends the customers home, and the report is about those who came; a second one ends at once.`

export function addFleet(program: Command): void {
  program
    .command('fleet')
    .description('many devices and customers at once, with a report of what was missing or doubled')
    .argument('<file>', 'the fleet file, YAML')
    .option('--report <file>', 'write the report there, too')
    .addHelpText('after', MORE)
    .action(async (file: string, options: FleetOptions) => {
      const { runFleet } = await import('../run-fleet.ts')
      await runFleet(file, options)
    })
}
