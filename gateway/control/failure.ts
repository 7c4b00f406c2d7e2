import { type ErrorCode, GatewayError } from '../../protocol/errors.ts'
import { AmountError } from '../../protocol/money.ts'
import { EXIT } from '../exit-codes.ts'
import { LedgerUnavailableError, RegistryError } from '../ledger/ledger.ts'

/** The answer is lost, and with it whether the change was made. */
export const STOPPED =
  'the gateway stopped before it had answered; what was asked may have been done: look at the lists before you ask again'

/** Why a command could not be carried out: the sentence for the person, and the exit code for the script. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure'
  readonly exitCode: number
  constructor(exitCode: number, message: string, options?: ErrorOptions) {
    super(message, options)
    this.exitCode = exitCode
  }
}

const EXIT_OF: Partial<Record<ErrorCode, number>> = {
  INVALID_MESSAGE: EXIT.usage,
  AMOUNT_INVALID: EXIT.usage,
  CONTENT_INVALID: EXIT.usage,
  ORDER_UNKNOWN: EXIT.unknown,
  TERMINAL_UNKNOWN: EXIT.unknown,
  HOST_SILENT: EXIT.timeout,
  SANDBOX_ONLY: EXIT.policy,
}

const EXIT_OF_REGISTRY: Record<RegistryError['code'], number> = {
  TAKEN: EXIT.failed,
  IN_USE: EXIT.failed,
  UNKNOWN: EXIT.unknown,
}

/** An error of the parts below, as the command line tells it; null for one that is a defect. */
export function asFailure(error: unknown): CommandFailure | null {
  if (error instanceof CommandFailure) return error
  if (error instanceof GatewayError) {
    return new CommandFailure(EXIT_OF[error.code] ?? EXIT.failed, `${error.code}: ${error.message}`, { cause: error })
  }
  if (error instanceof AmountError) return new CommandFailure(EXIT.usage, error.message, { cause: error })
  if (error instanceof RegistryError) {
    return new CommandFailure(EXIT_OF_REGISTRY[error.code], error.message, { cause: error })
  }
  if (error instanceof LedgerUnavailableError) return new CommandFailure(EXIT.failed, error.message, { cause: error })
  return null
}
