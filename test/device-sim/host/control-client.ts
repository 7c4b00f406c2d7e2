import { ControlServer } from '../../../device-sim/host/control.ts'
import type { SimulatedHost } from '../../../device-sim/host/simulated-host.ts'

interface Answer {
  readonly status: number
  readonly answer: unknown
}

/** The control port of a host, and a caller that says JSON to it. */
export class ControlClient {
  readonly #server: ControlServer
  readonly #url: string

  private constructor(server: ControlServer, url: string) {
    this.#server = server
    this.#url = url
  }

  static async open(host: SimulatedHost): Promise<ControlClient> {
    const server = new ControlServer(host, 0)
    return new ControlClient(server, await server.start())
  }

  get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return this.#ask('GET', path, undefined, headers)
  }

  post(path: string, body?: unknown): Promise<Answer> {
    return this.#ask('POST', path, body)
  }

  put(path: string, body: unknown): Promise<Answer> {
    return this.#ask('PUT', path, body)
  }

  patch(path: string, body: unknown): Promise<Answer> {
    return this.#ask('PATCH', path, body)
  }

  delete(path: string): Promise<Answer> {
    return this.#ask('DELETE', path)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.stop()
  }

  async #ask(
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer> {
    const init = { method, headers: { 'content-type': 'application/json', ...headers } }
    const response = await fetch(this.#url + path, body === undefined ? init : { ...init, body: JSON.stringify(body) })
    return { status: response.status, answer: await response.json() }
  }
}
