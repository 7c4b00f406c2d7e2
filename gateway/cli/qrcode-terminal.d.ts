declare module 'qrcode-terminal/vendor/QRCode/index.js' {
  class QRCode {
    /** @param typeNumber the size; below 1 the smallest that holds the text */
    constructor(typeNumber: number, errorCorrectLevel: number)
    /** Takes one byte of each character. */
    addData(bytes: string): void
    /** @throws Error when there is more than a code can hold */
    make(): void
    getModuleCount(): number
    isDark(row: number, column: number): boolean
  }
  export = QRCode
}

declare module 'qrcode-terminal/vendor/QRCode/QRErrorCorrectLevel.js' {
  const levels: { readonly L: number }
  export = levels
}
