import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { vnd } from '../../../../protocol/money.ts'
import { crc16, crc16LowByte } from '../../../../protocol/vietqr/qr/crc.ts'
import { buildQr, inspectQr, parseQr } from '../../../../protocol/vietqr/qr/payload.ts'
import { QrError } from '../../../../protocol/vietqr/qr/tlv.ts'
import { DOCUMENTATION_SAMPLE, EMPTY_AMOUNT, GOLDEN, LOW_BYTE, NULL_AMOUNT } from './vectors.ts'

/** A code around `middle`, with a right checksum, to reach what lies behind the checksum. */
function sealed(body: string): string {
  return `${body}6304${crc16(`${body}6304`)}`
}

const HEAD = '000201010211'
const ACCOUNT = '38540010A00000072701240006970422011012345678900208QRIBFTTA'
const VND = '5303704'
const VN = '5802VN'

function reasonOf(text: string): string {
  const inspected = inspectQr(text)
  assert.equal(inspected.ok, false, `accepted ${text}`)
  return inspected.ok ? '' : inspected.reason
}

describe('well-formed codes', () => {
  for (const { name, text, payload } of GOLDEN) {
    test(`${name}: is read, and written again to the letter`, () => {
      assert.deepEqual(parseQr(text), payload)
      assert.deepEqual(inspectQr(text), { ok: true, payload })
      assert.equal(buildQr(payload), text)
    })
  }
})

describe('the habits of the host', () => {
  test('a tag 54 of length 00 means no amount', () => {
    const payload = parseQr(EMPTY_AMOUNT)
    assert.equal(payload.amount, null)
    assert.equal(payload.content, 'SQRAB12CD34EF')
  })

  test('the amount “null” is refused and named', () => {
    assert.throws(() => parseQr(NULL_AMOUNT), { code: 'QR_MALFORMED', message: /“null”.*without an amount/ })
  })

  test('content that is not ASCII passes under the low-byte checksum and is reported as such', () => {
    const payload = parseQr(LOW_BYTE)
    assert.equal(payload.crc, 'low-byte')
    assert.equal(payload.content, 'VQR0123456789 Phở')
    assert.equal(payload.amount, 25000)
    assert.equal(buildQr(payload), LOW_BYTE)
  })

  test('the same content under a right checksum is not reported', () => {
    const right = `${LOW_BYTE.slice(0, -4)}8A4A`
    assert.equal(parseQr(right).crc, 'utf8')
    assert.equal(buildQr({ ...parseQr(LOW_BYTE), crc: 'utf8' }), right)
  })

  test('the low-byte checksum excuses nothing but the content', () => {
    const body = `${HEAD}${ACCOUNT}${VND}${VN}5905Phở A6304`
    assert.match(reasonOf(body + crc16LowByte(body)), /checksum/)
  })
})

describe('malformed codes', () => {
  test('the sample of the documentation is refused for its lengths', () => {
    assert.equal(reasonOf(DOCUMENTATION_SAMPLE), 'QR text: tag 62 declares 35 characters, but only 32 are left')
  })

  const cases: [name: string, text: string, reason: RegExp][] = [
    ['empty', '', /end in its checksum/],
    ['no checksum', HEAD + ACCOUNT + VND + VN, /end in its checksum/],
    ['a checksum in lower case', `${GOLDEN[0]?.text.slice(0, -4)}9e6f`, /upper-case/],
    ['text after the checksum', `${GOLDEN[0]?.text}\n`, /end in its checksum/],
    ['another checksum', `${GOLDEN[0]?.text.slice(0, -4)}0000`, /checksum says 0000, but the text gives 9E6F/],
    ['another format', sealed(`000202010211${ACCOUNT}${VND}${VN}`), /begin with 000201/],
    ['tag 00 not first', sealed(`010211000201${ACCOUNT}${VND}${VN}`), /begin with 000201/],
    ['a tag that is no number', sealed(`${HEAD}${ACCOUNT}${VND}${VN}A104abcd`), /"A1" at character 83 is not a tag/],
    ['a length that is no number', sealed(`${HEAD}${ACCOUNT}${VND}${VN}61x4abcd`), /tag 61 has length "x4"/],
    ['a length past the end', sealed(`${HEAD}${ACCOUNT}${VND}${VN}6109abcd`), /tag 61 declares 9 .* only 4 are left/],
    ['a length past the end, inside', sealed(`${HEAD}${ACCOUNT}${VND}${VN}62080809abcd`), /tag 62: tag 08 declares 9/],
    ['an empty tag', sealed(`${HEAD}${ACCOUNT}${VND}${VN}5900`), /tag 59 has length 00/],
    ['an empty content', sealed(`${HEAD}${ACCOUNT}${VND}${VN}62040800`), /tag 62: tag 08 has length 00/],
    ['two amounts', sealed(`${HEAD}${ACCOUNT}${VND}5402105403100${VN}`), /tag 54 stands twice/],
    ['two checksums', sealed(`${HEAD}${ACCOUNT}${VND}${VN}63041234`), /tag 63.*must be last/],
    ['no account information', sealed(`${HEAD}${VND}${VN}`), /tag 38.00 is missing/],
    ['no account', sealed(`${HEAD}38320010A000000727011000069704220200`), /tag 38/],
    ['no currency', sealed(`${HEAD}${ACCOUNT}${VN}`), /tag 53 is missing/],
    ['no country', sealed(`${HEAD}${ACCOUNT}${VND}`), /tag 58 is missing/],
    ['US dollars', sealed(`${HEAD}${ACCOUNT}5303840${VN}`), /tag 53 \(currency\) is "840"; it must be 704/],
    ['another country', sealed(`${HEAD}${ACCOUNT}${VND}5802LA`), /tag 58 \(country\) is "LA"; it must be VN/],
    [
      'another scheme',
      sealed(`${HEAD}${ACCOUNT.replace('A000000727', 'A000000775')}${VND}${VN}`),
      /tag 38.00 \(NAPAS\)/,
    ],
    ['a bank of five digits', sealed(`${HEAD}${ACCOUNT.replace('970422', '97042A')}${VND}${VN}`), /six digits/],
    ['neither static nor dynamic', sealed(`000201010213${ACCOUNT}${VND}${VN}`), /tag 01 is "13"/],
    ['a fraction', sealed(`${HEAD}${ACCOUNT}${VND}540525.50${VN}`), /tag 54 \(amount\) is "25.50"; whole VND/],
    ['a negative amount', sealed(`${HEAD}${ACCOUNT}${VND}5403-10${VN}`), /tag 54/],
    ['an amount no money has', sealed(`${HEAD}${ACCOUNT}${VND}54139999999999999${VN}`), /tag 54.*too large/],
    ['half a character', sealed(`${HEAD}${ACCOUNT}${VND}${VN}6104ab\ud83dc`), /half a character/],
    ['a length that splits a character', sealed(`${HEAD}${ACCOUNT}${VND}${VN}6103ab😀`), /middle of a character/],
  ]
  for (const [name, text, reason] of cases) {
    test(`${name}: refused with the reason`, () => {
      assert.match(reasonOf(text), reason)
      assert.throws(() => parseQr(text), QrError)
    })
  }

  test('a reason never carries the account or what a terminal would obey', () => {
    const account = reasonOf(sealed(`${HEAD}${ACCOUNT.replace('1234567890', '12345 7890')}${VND}${VN}`))
    assert.doesNotMatch(account, /12345/)
    const control = reasonOf(sealed(`${HEAD}${ACCOUNT}${VND}5404\u001b[2J${VN}`))
    assert.match(control, /tag 54/)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that none is there is what is tested
    assert.doesNotMatch(control, /[\x00-\x1f]/)
  })
})

describe('what is not known', () => {
  test('unknown tags at every level survive', () => {
    const text = sealed(
      '00020101021226100006WALLET38660010A000000727013000069704220110123456789002020A0208QRIBFTTA0302zz53037045405250005802VN610670000062220305SHOP108' +
        '09GUID12345',
    )
    const payload = parseQr(text)
    assert.deepEqual(payload.extra, {
      26: '0006WALLET',
      '38.01.02': '0A',
      '38.03': 'zz',
      61: '700000',
      '62.03': 'SHOP1',
    })
    assert.equal(payload.content, 'GUID12345')
    assert.equal(buildQr(payload), text)
  })

  test('without tag 01 a code is static', () => {
    assert.equal(parseQr(sealed(`000201${ACCOUNT}${VND}${VN}`)).dynamic, false)
  })

  test('without a service it is a payment to a merchant', () => {
    const text = sealed(`${HEAD}38420010A00000072701240006970422011012345678905204581253037045802VN`)
    assert.equal(parseQr(text).service, 'QRPUSH')
  })
})

describe('writing', () => {
  const fields = {
    dynamic: true,
    bin: '970422',
    account: '1234567890',
    service: 'QRIBFTTA',
    amount: vnd(1),
    content: 'A',
  } as const

  test('fields no code can carry are refused', () => {
    const wrong = [
      { ...fields, content: '' },
      { ...fields, content: 'x'.repeat(96) },
      { ...fields, bin: '97042' },
      { ...fields, account: '12345678901234567890' },
      { ...fields, account: '' },
      { ...fields, merchantName: 'x'.repeat(100) },
      { ...fields, merchantName: 'Phở', crc: 'low-byte' as const },
    ]
    for (const one of wrong) assert.throws(() => buildQr(one), QrError)
  })

  test('extra cannot take the place of a field or of a whole template', () => {
    for (const path of ['54', '62.08', '62', '38.01', '63', '00.01', '1', '62.5', 'x', '62.08.01']) {
      assert.throws(() => buildQr({ ...fields, extra: { [path]: 'x' } }), QrError, path)
    }
  })
})
