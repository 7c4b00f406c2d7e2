import { once } from 'node:events'
import { chmodSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { z } from 'zod'
import type { Settings } from '../config/schema.ts'
import { EXIT } from '../exit-codes.ts'
import type { Gateway } from '../gateway.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { Log } from '../log.ts'
import { COMMANDS } from './commands.ts'
import { asFailure } from './failure.ts'
import { Pieces } from './pieces.ts'

/**
 * The control socket: how the command line reaches the running gateway, which alone owns the database.
 *
 * One `POST /` with `{command, args, who}`; the answer is one JSON value a line: any number of `{progress}`, then `{result}` or
 * `{failure: {exitCode, message}}`. A long list comes as any number of `{piece}`, each as fast as the one before was taken, and
 * then an empty `{result}`. The socket's mode 0600 says who may ask.
 */
export class ControlServer {
  readonly #path: string
  readonly #context: { readonly settings: Settings; readonly ledger: Ledger; readonly gateway: Gateway }
  readonly #log: Log
  #server: Server | null = null

  constructor(
    path: string,
    context: { readonly settings: Settings; readonly ledger: Ledger; readonly gateway: Gateway },
    log: Log,
  ) {
    this.#path = path
    this.#context = context
    this.#log = log
  }

  async start(): Promise<void> {
    // Whoever holds the lock of the dataDir knows that a socket found here is a dead process's.
    rmSync(this.#path, { force: true })
    const server = createServer((request, response) => {
      this.#answer(request, response).catch(error => {
        this.#log.error({ err: error }, 'a command failed')
        response.destroy()
      })
    })
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      // The mode of a socket is set when it is bound; others must not reach it even for a moment.
      const before = process.umask(0o177)
      server.listen(this.#path, resolve)
      process.umask(before)
    })
    chmodSync(this.#path, 0o600)
    this.#server = server
  }

  async stop(): Promise<void> {
    const server = this.#server
    if (server === null) return
    this.#server = null
    const closed = new Promise(resolve => server.close(resolve))
    server.closeAllConnections()
    await closed
    rmSync(this.#path, { force: true })
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const asked = requestShape.safeParse(JSON.parse(await text(request)))
    const gone = new AbortController()
    response.on('close', () => gone.abort())
    const say = (line: object): void => {
      if (!response.writableEnded) response.write(`${JSON.stringify(line)}\n`)
    }
    const known = asked.success && Object.hasOwn(COMMANDS, asked.data.command)
    const run = known ? COMMANDS[asked.data.command] : undefined
    if (!asked.success || run === undefined) {
      say({
        failure: {
          exitCode: EXIT.failed,
          message: 'the running gateway does not know this command: it is another version',
        },
      })
    } else {
      try {
        // Only the user of the gateway and root can ask, so their word for who they are is taken.
        const by = { who: asked.data.who, via: 'gateway' as const }
        const context = {
          ...this.#context,
          by,
          signal: gone.signal,
          progress: (progress: unknown) => say({ progress }),
        }
        const answer = await run(context, asked.data.args)
        if (answer instanceof Pieces) {
          for await (const piece of answer) {
            gone.signal.throwIfAborted()
            say({ piece })
            if (response.writableNeedDrain) await once(response, 'drain', { signal: gone.signal })
          }
        }
        say({ result: answer instanceof Pieces ? [] : answer })
      } catch (error) {
        if (!gone.signal.aborted) say({ failure: this.#failure(error) })
      }
    }
    response.end()
  }

  #failure(error: unknown): { readonly exitCode: number; readonly message: string } {
    const failure = asFailure(error)
    if (failure !== null) return { exitCode: failure.exitCode, message: failure.message }
    this.#log.error({ err: error }, 'a command failed')
    return { exitCode: EXIT.failed, message: `the gateway failed: ${String(error)}; its log says more` }
  }
}

const requestShape = z.object({ command: z.string(), args: z.unknown(), who: z.string().default('unknown') })
