declare module 'qrcode-terminal' {
  const qrcode: {
    /** Calls `done` with the drawing before it returns. */
    generate(input: string, options: { readonly small: boolean }, done: (drawing: string) => void): void
  }
  export = qrcode
}
