import { Fleet } from '../fleet/fleet.ts'
import { FleetError, type FleetPlan, readFleet } from '../fleet/fleet-file.ts'
import type { FleetOptions } from './commands/fleet.ts'
import { EXIT, SimFailure } from './failure.ts'
import { keepReport } from './report-file.ts'
import { endAtSignals, untilStopped } from './until-stopped.ts'

const SUMMARY_EVERY_MS = 1000

/** Runs a fleet and prints its report. @throws SimFailure when anything was missing or doubled */
export async function runFleet(file: string, options: FleetOptions): Promise<void> {
  const plan = planOf(file)
  const tell = (words: string): void => void process.stderr.write(`${words}\n`)
  const stopOpening = endAtSignals()
  await using fleet = await Fleet.open(plan, tell)
  stopOpening()
  const enough = new AbortController()
  void untilStopped().then(() => {
    tell('No more customers come; what they began is waited for.')
    enough.abort()
  })
  const began = performance.now()
  const summary = setInterval(() => tell(live(fleet, began)), SUMMARY_EVERY_MS)
  const report = await fleet.run(enough.signal).finally(() => clearInterval(summary))
  const text = `${JSON.stringify(report)}\n`
  process.stdout.write(text)
  if (options.report !== undefined) keepReport(options.report, text)
  if (!report.ok) {
    const { missing, doubled, unfounded, refusedOrders, unansweredOrders } = report
    throw new SimFailure(
      EXIT.failed,
      `missing: ${missing}, doubled: ${doubled}, without reason: ${unfounded}, orders refused: ${refusedOrders}, unanswered: ${unansweredOrders}`,
    )
  }
}

function live({ tally, payments, orders }: Fleet, began: number): string {
  const { came, expected, doubled, latencyMs } = tally.counts
  const seconds = Math.round((performance.now() - began) / 1000)
  const effects = `${came} of ${expected} effects, ${doubled} doubled`
  return `${seconds} s: ${orders} orders, ${payments} payments, ${effects}, p50 ${latencyMs.p50} ms, p99 ${latencyMs.p99} ms`
}

function planOf(file: string): FleetPlan {
  try {
    return readFleet(file)
  } catch (error) {
    if (error instanceof FleetError) throw new SimFailure(EXIT.usage, error.message, { cause: error })
    throw error
  }
}
