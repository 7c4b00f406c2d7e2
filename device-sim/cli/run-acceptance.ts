import { drawQr } from '../../gateway/cli/qr.ts'
import { ConfigError } from '../../gateway/config/error.ts'
import { findConfig } from '../../gateway/config/load.ts'
import { CommandFailure } from '../../gateway/control/failure.ts'
import { Acceptance } from '../acceptance/acceptance.ts'
import { GatewayUnderTest } from '../acceptance/gateway-under-test.ts'
import { type AcceptanceReport, reportInWords, stepInWords } from '../acceptance/report.ts'
import type { AcceptanceCommandOptions } from './commands/acceptance.ts'
import { EXIT, SimFailure } from './failure.ts'
import { keepReport } from './report-file.ts'

/** Walks the steps and prints the report; the exit code says whether it is passed. @throws SimFailure */
export async function runAcceptance(options: AcceptanceCommandOptions): Promise<void> {
  // What a person has to see while it runs goes to stderr, so that stdout is the report.
  const tell = (text: string): void => void process.stderr.write(`${text}\n`)
  const wanted = { terminalCode: options.terminal, amount: options.amount, waitMs: options.wait }
  const acceptance = new Acceptance(gatewayOf(options.gateway), wanted, {
    step: done => tell(stepInWords(done)),
    pleasePay: ({ orderId, amount, qrCode }) =>
      tell(`${drawQr(qrCode ?? '')}\nPay this code now: order ${orderId}, ${amount} VND`),
  })
  const report = await asSimFailure(() => acceptance.run())
  const text = options.json === true ? `${JSON.stringify(report)}\n` : reportInWords(report)
  if (options.report !== undefined) keepReport(options.report, text)
  process.stdout.write(text)
  if (!report.ok) throw new SimFailure(EXIT.failed, failedSteps(report))
}

function gatewayOf(file: string): GatewayUnderTest {
  try {
    return GatewayUnderTest.of(findConfig(file, process.cwd()), process.env)
  } catch (error) {
    if (error instanceof ConfigError) throw new SimFailure(EXIT.configuration, error.message, { cause: error })
    throw error
  }
}

async function asSimFailure<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    // The gateway's command line and this one have the same exit codes.
    if (error instanceof CommandFailure) throw new SimFailure(error.exitCode, error.message, { cause: error })
    throw error
  }
}

function failedSteps({ steps }: AcceptanceReport): string {
  const failed = steps.filter(({ outcome }) => outcome === 'failed').map(({ step }) => step)
  return `not passed: ${failed.join(', ')}`
}
