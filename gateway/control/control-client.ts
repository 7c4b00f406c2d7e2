import { request } from 'node:http'
import { createInterface } from 'node:readline'
import { z } from 'zod'
import { EXIT } from '../exit-codes.ts'
import { CommandFailure, STOPPED } from './failure.ts'
import { whoAsks } from './who-asks.ts'

const lineShape = z.union([
  z.object({ progress: z.unknown() }).strict(),
  z.object({ piece: z.array(z.unknown()) }).strict(),
  z.object({ result: z.unknown() }).strict(),
  z.object({ failure: z.object({ exitCode: z.number(), message: z.string() }) }).strict(),
])

/** Nothing listens on the control socket. */
export class NoGatewayError extends Error {
  override readonly name = 'NoGatewayError'
  readonly code = 'NO_GATEWAY'
}

/** The gateway went away with the question. */
export class GatewayStoppedError extends CommandFailure {
  readonly code = 'GATEWAY_STOPPED'
  constructor(options?: ErrorOptions) {
    super(EXIT.failed, STOPPED, options)
  }
}

/**
 * Asks the gateway behind a control socket. Resolves with the command's result.
 * @throws NoGatewayError when there is none, CommandFailure as the command ended
 */
export async function askGateway(
  socketPath: string,
  command: string,
  args: unknown,
  progress: (value: unknown) => void,
): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<import('node:http').IncomingMessage>()
  const asking = request({ socketPath, method: 'POST', path: '/' }, resolve)
  asking.on('error', (error: NodeJS.ErrnoException) => {
    const none = error.code === 'ENOENT' || error.code === 'ECONNREFUSED'
    const gone = error.code === 'ECONNRESET' || error.code === 'EPIPE'
    if (none) reject(new NoGatewayError('no gateway listens on the control socket', { cause: error }))
    else reject(gone ? new GatewayStoppedError({ cause: error }) : error)
  })
  asking.end(JSON.stringify({ command, args, who: whoAsks() }))
  const response = await promise
  const list: unknown[] = []
  for await (const line of createInterface({ input: response })) {
    const said = lineShape.parse(JSON.parse(line))
    if ('piece' in said) {
      for (const item of said.piece) list.push(item)
      continue
    }
    if ('result' in said) return list.length === 0 ? said.result : list
    if ('failure' in said) throw new CommandFailure(said.failure.exitCode, said.failure.message)
    progress(said.progress)
  }
  throw new GatewayStoppedError()
}
