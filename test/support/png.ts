import { inflateSync } from 'node:zlib'

/** A picture as eight bits of red, green, blue and opacity for each pixel, row by row. */
export interface Picture {
  readonly width: number
  readonly height: number
  readonly pixels: Uint8ClampedArray
}

const SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex')
/** Bytes of a pixel by colour type: RGB and RGBA, the two a browser writes. */
const CHANNELS = new Map([
  [2, 3],
  [6, 4],
])

/** Reads a PNG of eight bits a channel that is not interlaced (ISO/IEC 15948). @throws Error for any other */
export function readPng(file: Buffer): Picture {
  if (!file.subarray(0, 8).equals(SIGNATURE)) throw new Error('this is no PNG')
  const chunks = [...chunksOf(file)]
  const header = chunks.find(({ type }) => type === 'IHDR')?.data ?? Buffer.alloc(13)
  const width = header.readUInt32BE(0)
  const height = header.readUInt32BE(4)
  const channels = CHANNELS.get(header[9] ?? 0)
  if (header[8] !== 8 || channels === undefined || header[12] !== 0) throw new Error('this sort of PNG is not read')
  const data = inflateSync(Buffer.concat(chunks.filter(({ type }) => type === 'IDAT').map(chunk => chunk.data)))
  const stride = width * channels
  let above = Buffer.alloc(stride)
  const pixels = new Uint8ClampedArray(width * height * 4)
  for (let y = 0; y < height; y += 1) {
    const start = y * (stride + 1)
    const row = Buffer.from(data.subarray(start + 1, start + 1 + stride))
    unfilter(data[start] ?? 0, row, above, channels)
    for (let x = 0; x < width; x += 1) {
      const from = x * channels
      pixels.set([...row.subarray(from, from + 3), channels === 4 ? (row[from + 3] ?? 255) : 255], (y * width + x) * 4)
    }
    above = row
  }
  return { width, height, pixels }
}

function* chunksOf(file: Buffer): Generator<{ readonly type: string; readonly data: Buffer }> {
  for (let at = 8; at + 8 <= file.length; ) {
    const length = file.readUInt32BE(at)
    yield { type: file.toString('latin1', at + 4, at + 8), data: file.subarray(at + 8, at + 8 + length) }
    at += length + 12
  }
}

/** Each byte was written as its difference from a guess, made from the bytes to the left, above, and left above. */
function unfilter(filter: number, row: Buffer, above: Buffer, channels: number): void {
  for (let at = 0; at < row.length; at += 1) {
    const left = row[at - channels] ?? 0
    const up = above[at] ?? 0
    const corner = at < channels ? 0 : (above[at - channels] ?? 0)
    const guess = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter]
    if (guess === undefined) throw new Error(`a PNG has no filter ${filter}`)
    row[at] = ((row[at] ?? 0) + guess) & 0xff
  }
}

function paeth(left: number, up: number, corner: number): number {
  const near = left + up - corner
  const [toLeft, toUp, toCorner] = [Math.abs(near - left), Math.abs(near - up), Math.abs(near - corner)]
  if (toLeft <= toUp && toLeft <= toCorner) return left
  return toUp <= toCorner ? up : corner
}
