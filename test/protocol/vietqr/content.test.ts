import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { foldContent, traceToken } from '../../../protocol/vietqr/content.ts'

test('Vietnamese becomes ASCII letters and digits', () => {
  assert.equal(foldContent('Cà phê sữa đá'), 'Caphesuada')
  assert.equal(foldContent('ĐƯỜNG số 5'), 'DUONGso5')
  assert.equal(foldContent('Bàn 12: phở, bún!'), 'Ban12phobun')
})

test('every Vietnamese letter folds to one ASCII letter, composed or not', () => {
  const letters = 'aàáảãạăằắẳẵặâầấẩẫậeèéẻẽẹêềếểễệiìíỉĩịoòóỏõọôồốổỗộơờớởỡợuùúủũụưừứửữựyỳýỷỹỵđ'
  for (const letter of letters + letters.toUpperCase()) {
    const composed = foldContent(letter.normalize('NFC'))
    assert.match(composed, /^[a-zA-Z]$/, letter)
    assert.equal(foldContent(letter.normalize('NFD')), composed, letter)
    assert.equal(composed === composed.toUpperCase(), letter === letter.toUpperCase(), letter)
  }
})

test('19 characters are kept, the 20th is cut', () => {
  assert.equal(foldContent('1234567890123456789'), '1234567890123456789')
  assert.equal(foldContent('12345678901234567890'), '1234567890123456789')
})

test('nothing left is an empty text', () => {
  for (const text of ['', '   ', '!?–…', '😀', '漢字']) assert.equal(foldContent(text), '')
})

test('whatever comes in, letters and digits come out, and folding again changes nothing', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), text => {
      const folded = foldContent(text)
      assert.match(folded, /^[A-Za-z0-9]{0,19}$/)
      assert.equal(foldContent(folded), folded)
      assert.equal(foldContent(text.normalize('NFD')), foldContent(text.normalize('NFC')))
    }),
  )
})

test('the trace token is found wherever a bank leaves it', () => {
  const token = 'VQR712a7d45ea'
  assert.equal(traceToken('VQR712a7d45ea PaymentForOrder'), token)
  assert.equal(traceToken('CUSTOMER VQR712A7D45EA PAYMENTFORORDER-CHUYEN TIEN'), token)
  assert.equal(traceToken('ND:vqr712a7d45ea.'), token)
  assert.equal(traceToken('VQR712a7d45ea'), token)
})

test('what only resembles a trace token is none', () => {
  for (const text of ['', 'VQR712a7d45e', 'VQR712a7d45eaf', 'XVQR712a7d45ea', 'VQR 712a7d45ea', 'VQR712a7d45eg']) {
    assert.equal(traceToken(text), null, text)
  }
})
