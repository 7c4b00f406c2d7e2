/** A list that may be long, as a command gives it: piece by piece, so that nothing else waits for it. */
export class Pieces {
  readonly #pieces: AsyncIterable<readonly unknown[]>

  private constructor(pieces: AsyncIterable<readonly unknown[]>) {
    this.#pieces = pieces
  }

  /** `view` is how people see an entry. */
  static of<T>(pieces: AsyncIterable<readonly T[]>, view: (entry: T) => unknown): Pieces {
    return new Pieces(viewed(pieces, view))
  }

  [Symbol.asyncIterator](): AsyncIterator<readonly unknown[]> {
    return this.#pieces[Symbol.asyncIterator]()
  }

  /** The whole list. */
  async all(): Promise<readonly unknown[]> {
    const all: unknown[] = []
    for await (const piece of this) for (const entry of piece) all.push(entry)
    return all
  }
}

async function* viewed<T>(
  pieces: AsyncIterable<readonly T[]>,
  view: (entry: T) => unknown,
): AsyncGenerator<readonly unknown[], void, undefined> {
  for await (const piece of pieces) yield piece.map(view)
}
