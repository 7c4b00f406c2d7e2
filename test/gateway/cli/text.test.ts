import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Column, table } from '../../../gateway/cli/table.ts'
import { clipped, details, displayWidth, harmless, harmlessJson, padded } from '../../../gateway/cli/text.ts'

const HOSTILE = '\u001b]0;x\u0007\u009b31m\u202eabc\u2066\u200b\r\n\u2028'

describe('text from outside', () => {
  it('keeps nothing a terminal acts on', () => {
    const safe = harmless(HOSTILE)
    assert.doesNotMatch(safe, /[\p{C}\u2028\u2029]/u)
    assert.match(safe, /^\\u\{1b\}\]0;x\\u\{7\}/)
    assert.equal(harmless('Quán Phở “Số Một” 🍜'), 'Quán Phở “Số Một” 🍜')
  })

  it('as JSON is the same value, and as harmless', () => {
    const value = { name: HOSTILE, tag: '\u{e0041}', list: [1, null] }
    const line = harmlessJson(value)
    assert.doesNotMatch(line, /[\p{C}\u2028\u2029]/u)
    assert.deepEqual(JSON.parse(line), value)
  })

  it('is escaped in details', () => {
    assert.equal(
      details([
        ['name', 'a\nstate: paid'],
        ['on', true],
        ['none', null],
      ]),
      'name: a\\u{a}state: paid\non: yes\nnone: -',
    )
  })
})

describe('the width of a text', () => {
  it('counts letters, not the marks on them', () => {
    assert.equal(displayWidth('Số Một'), 6)
    assert.equal(displayWidth('Số Một'.normalize('NFD')), 6)
    assert.equal(displayWidth('咖啡'), 4)
    assert.equal(displayWidth('🍜'), 2)
  })

  it('is kept when it is cut, and no letter loses its marks', () => {
    const decomposed = 'Đặng Thị Hường'.normalize('NFD')
    const cut = clipped(decomposed, 8)
    assert.equal(displayWidth(cut), 8)
    assert.equal(cut.normalize('NFC'), 'Đặng Th…')
    assert.equal(clipped(decomposed, 14), decomposed)
    assert.equal(displayWidth(padded('Số'.normalize('NFD'), 5)), 5)
  })
})

interface Row {
  readonly id: string
  readonly name: string
  readonly amount: string
  readonly note: string
}
const COLUMNS: readonly Column<Row>[] = [
  { title: 'ID', value: row => row.id },
  { title: 'NAME', value: row => row.name, free: true },
  { title: 'AMOUNT', value: row => row.amount, align: 'right' },
  { title: 'NOTE', value: row => row.note, spare: 1 },
]
const ROWS: readonly Row[] = [
  { id: 'A1', name: 'Cửa hàng số một'.normalize('NFD'), amount: '25.000 đ', note: 'first' },
  { id: 'B234', name: 'Hai', amount: '1.000.000 đ', note: HOSTILE },
]

describe('a list', () => {
  it('is aligned, also under decomposed letters, one line a row', () => {
    const lines = table(COLUMNS, ROWS, Number.POSITIVE_INFINITY).split('\n')
    assert.equal(lines.length, 3)
    assert.equal(lines[0], 'ID    NAME                  AMOUNT  NOTE')
    assert.equal(lines[1]?.normalize('NFC'), 'A1    Cửa hàng số một     25.000 đ  first')
    assert.match(lines[2] ?? '', /^B234 {2}Hai {14}1\.000\.000 đ {2}\\u\{1b\}/)
  })

  it('leaves out what is least important where the terminal is narrow', () => {
    const lines = table(COLUMNS, ROWS, 40).split('\n')
    assert.equal(lines[0], 'ID    NAME                  AMOUNT')
  })

  it('then cuts free text, never an amount', () => {
    const lines = table(COLUMNS, ROWS, 32).split('\n')
    assert.equal(lines[1]?.normalize('NFC'), 'A1    Cửa hàng số…      25.000 đ')
    for (const line of lines) assert.ok(displayWidth(line) <= 32)
  })

  it('then becomes lines of key and value', () => {
    const text = table(COLUMNS, ROWS, 20)
    assert.match(text, /^ID: A1$/m)
    assert.match(text, /^AMOUNT: 1\.000\.000 đ$/m)
  })
})
