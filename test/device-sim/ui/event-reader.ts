import { Happenings } from '../../support/happenings.ts'

const DEADLINE_MS = 15_000

interface PageEvent {
  readonly name: string
  readonly data: unknown
}

/** Reads server-sent events as a browser does: blank lines end an event, and only `event` and `data` matter. */
export class EventReader implements AsyncDisposable {
  readonly events: PageEvent[] = []
  readonly #happenings = new Happenings()
  readonly #stop = new AbortController()
  #reading: Promise<void> = Promise.resolve()
  ended = false

  static async open(url: string): Promise<EventReader> {
    const reader = new EventReader()
    const { body } = await fetch(url, { signal: reader.#stop.signal })
    if (body === null) throw new Error('there is no stream')
    reader.#reading = reader.#read(body.pipeThrough(new TextDecoderStream())).catch(() => {})
    return reader
  }

  /** The data of the first event of that name, there already or yet to come, that fits. */
  async first(name: string, fits: (data: unknown) => boolean = () => true): Promise<unknown> {
    const found = () => this.events.find(event => event.name === name && fits(event.data))
    await this.#happenings.until(() => found() !== undefined, `an event ${name}`, DEADLINE_MS)
    return found()?.data
  }

  async untilEnded(): Promise<void> {
    await this.#happenings.until(() => this.ended, 'the stream ends')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    await this.#reading
  }

  async #read(stream: ReadableStream<string>): Promise<void> {
    let text = ''
    try {
      for await (const chunk of stream) {
        const blocks = (text + chunk).split('\n\n')
        text = blocks.pop() ?? ''
        for (const block of blocks) this.#take(block)
      }
    } finally {
      this.ended = true
      this.#happenings.happened()
    }
  }

  #take(block: string): void {
    const line = (field: string): string | undefined => new RegExp(`^${field}: (.*)$`, 'm').exec(block)?.[1]
    const [name, data] = [line('event'), line('data')]
    if (name === undefined || data === undefined) return
    this.events.push({ name, data: JSON.parse(data) })
    this.#happenings.happened()
  }
}
