/** What was opened one after the other and is closed in the opposite order. Node.js 22 has no AsyncDisposableStack. */
export class Parts implements AsyncDisposable {
  #close: (() => unknown)[] = []

  use<Part extends AsyncDisposable>(part: Part): Part {
    this.defer(() => part[Symbol.asyncDispose]())
    return part
  }

  defer(close: () => unknown): void {
    this.#close.push(close)
  }

  /** All of it belongs to somebody else from now on. */
  move(): Parts {
    const moved = new Parts()
    moved.#close = this.#close
    this.#close = []
    return moved
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const close of this.#close.splice(0).reverse()) await close()
  }
}
