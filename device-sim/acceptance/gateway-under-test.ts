import { z } from 'zod'
import { loadSettings } from '../../gateway/config/load.ts'
import { askGateway, NoGatewayError } from '../../gateway/control/control-client.ts'
import { CommandFailure } from '../../gateway/control/failure.ts'
import { dataFiles } from '../../gateway/data-dir.ts'
import { EXIT } from '../../gateway/exit-codes.ts'

const statusShape = z.object({
  site: z.string(),
  reasons: z.array(z.string()),
  host: z.object({ url: z.string(), environment: z.string(), state: z.string() }),
})
const terminalShape = z.object({ terminalCode: z.string(), bankAccount: z.string() })
const orderShape = z.object({
  orderId: z.string(),
  amount: z.number(),
  received: z.number(),
  content: z.string(),
  state: z.string(),
  qrCode: z.string().nullable(),
  qrWarning: z.string().optional(),
})
const paymentShape = z.object({
  referenceNumber: z.string(),
  orderId: z.string().nullable(),
  amount: z.number(),
  source: z.string(),
  settled: z.boolean(),
  direction: z.string(),
})
const transactionShape = z.object({
  orderId: z.string(),
  referenceNumber: z.string(),
  amount: z.number(),
  status: z.string(),
})

export type ShownOrder = z.infer<typeof orderShape>
export type ShownPayment = z.infer<typeof paymentShape>
export type ShownTransaction = z.infer<typeof transactionShape>
export type ShownTerminal = z.infer<typeof terminalShape>

/** The running gateway of a configuration, asked over its control socket like the command line does. */
export class GatewayUnderTest {
  readonly #socket: string

  constructor(socket: string) {
    this.#socket = socket
  }

  /** @throws ConfigError when the file is no valid configuration */
  static of(configFile: string, environment: NodeJS.ProcessEnv): GatewayUnderTest {
    return new GatewayUnderTest(dataFiles(loadSettings(configFile, environment).dataDir).controlSocket)
  }

  async status(): Promise<z.infer<typeof statusShape>> {
    return statusShape.parse(await this.#ask('status', {}))
  }

  async terminals(): Promise<readonly ShownTerminal[]> {
    return z.array(terminalShape).parse(await this.#ask('terminals list', { limit: 0 }))
  }

  /** Resolves with the order once its QR is there. @throws CommandFailure with the error code of the order first */
  async createOrder(terminal: string, amount: number): Promise<ShownOrder> {
    return orderShape.parse(await this.#ask('orders create', { terminal, amount }))
  }

  async order(id: string): Promise<ShownOrder> {
    return orderShape.parse(await this.#ask('orders show', { id }))
  }

  async cancel(id: string): Promise<void> {
    await this.#ask('orders cancel', { id })
  }

  /** The newest payments of an order, and those that came with none. */
  async paymentsOf(orderId: string): Promise<readonly ShownPayment[]> {
    const newest = z.array(paymentShape).parse(await this.#ask('payments list', { limit: 100 }))
    return newest.filter(payment => payment.orderId === orderId)
  }

  async simulate(id: string): Promise<ShownOrder> {
    return orderShape.parse(await this.#ask('simulate', { id }))
  }

  async lookUp(
    terminal: string,
    question: { order: string } | { reference: string },
  ): Promise<readonly ShownTransaction[]> {
    const answer = await this.#ask('lookup', { terminal, ...question })
    return z.object({ transactions: z.array(transactionShape) }).parse(answer).transactions
  }

  async #ask(command: string, args: object): Promise<unknown> {
    try {
      return await askGateway(this.#socket, command, args, () => {})
    } catch (error) {
      if (!(error instanceof NoGatewayError)) throw error
      const remedy = 'start it with "vietqr-gateway run" and the same configuration'
      throw new CommandFailure(EXIT.notRunning, `the gateway is not running; ${remedy}`, { cause: error })
    }
  }
}
