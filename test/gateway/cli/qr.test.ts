import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { drawQr, drawQrWithin } from '../../../gateway/cli/qr.ts'
import { readDrawnQr } from './qr-picture.ts'

describe('a QR code drawn as text', () => {
  for (const [what, text] of [
    ['a short text', 'A'],
    [
      'a provisioning address',
      `mqtts://loa-1:${'x'.repeat(43)}@may-tinh-cua-hang.local:8883/gw/v1/loa-1?ca=sha256:${'0f'.repeat(32)}`,
    ],
    ['Vietnamese', '00020101021138PHỞ SỐ MỘT, thanh toán'],
    ['a text of 1000 characters', '0123456789'.repeat(100)],
  ] as const) {
    it(`can be read back: ${what}`, () => {
      const drawing = drawQr(text)
      assert.match(drawing, /^[▀▄█ \n]+$/)
      assert.equal(readDrawnQr(drawing), text)
    })
  }

  it('has the margin of four modules that scanners need on every side', () => {
    const lines = drawQr('A').split('\n')
    assert.match(lines[0] ?? '', /^█+$/)
    assert.match(lines[1] ?? '', /^█+$/)
    assert.match(lines.at(-1) ?? '', /^▀+$/)
    for (const line of lines.slice(2, -2)) assert.match(line, /^████.*████$/)
    assert.equal(new Set(lines.map(line => line.length)).size, 1)
  })

  it('has a smaller margin where the terminal is narrow, and is not drawn where its lines would be broken', () => {
    assert.equal(drawQrWithin('A', 29), drawQr('A'))
    for (const width of [28, 23]) {
      const compact = drawQrWithin('A', width)
      assert.ok(compact.split('\n').every(line => line.length === 23))
      assert.equal(readDrawnQr(`\n${compact}\n`), 'A')
    }
    assert.match(drawQrWithin('A', 22), /needs 23 columns and the terminal has 22/)
  })
})
