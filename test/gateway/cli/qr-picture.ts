import jsqr from 'jsqr'

/** Reads the QR code that is drawn with `▀▄█` and spaces in a text, as a phone would from a dark terminal. */
export function readDrawnQr(text: string): string | null {
  const lines = text.split('\n').filter(line => /^[▀▄█ ]*[▀▄█][▀▄█ ]*$/.test(line))
  const light = lines.flatMap(line => [
    Array.from(line, block => block === '█' || block === '▀'),
    Array.from(line, block => block === '█' || block === '▄'),
  ])
  const scale = 4
  const width = Math.max(...light.map(row => row.length)) * scale
  const height = light.length * scale
  const pixels = new Uint8ClampedArray(width * height * 4)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const white = light[Math.floor(y / scale)]?.[Math.floor(x / scale)] === true
      pixels.set(white ? [255, 255, 255, 255] : [0, 0, 0, 255], (y * width + x) * 4)
    }
  }
  return jsqr.default(pixels, width, height)?.data ?? null
}
