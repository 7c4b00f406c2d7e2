import { mkdirSync } from 'node:fs'
import { createServer, type Server, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'

/** The far end of a control socket that says what a test wants it to say. */
export class ScriptedGateway {
  readonly #server: Server

  constructor(server: Server) {
    this.#server = server
  }

  /** `answer` is told the command and writes lines of the control protocol. */
  static async open(
    folder: string,
    answer: (command: string, response: ServerResponse) => void,
  ): Promise<ScriptedGateway> {
    mkdirSync(join(folder, 'data'), { recursive: true, mode: 0o700 })
    const server = createServer(async (request, response) => {
      const asked = await json(request)
      const command = typeof asked === 'object' && asked !== null && 'command' in asked ? String(asked.command) : ''
      answer(command, response)
    })
    await new Promise<void>(resolve => server.listen(join(folder, 'data', 'control.sock'), resolve))
    return new ScriptedGateway(server)
  }

  /** Gone in the middle of what it does. */
  vanish(): void {
    this.#server.closeAllConnections()
  }

  /** Takes no further question. */
  leave(): void {
    this.#server.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise(resolve => this.#server.close(resolve))
    this.#server.closeAllConnections()
    await closed
  }
}

export function say(response: ServerResponse, line: object): void {
  response.write(`${JSON.stringify(line)}\n`)
}
