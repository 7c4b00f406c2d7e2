import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { vnd } from '../../../protocol/money.ts'
import { type Announcement, announcementText, callText } from '../../../protocol/voice/announcement.ts'

const NORTH = { language: 'vi', region: 'north' } as const
const SOUTH = { language: 'vi', region: 'south' } as const
const ENGLISH = { language: 'en', region: 'north' } as const

const amount = vnd(25_000)
const short: Announcement = { kind: 'short', amount: vnd(200), expected: vnd(200_000) }

describe('Vietnamese texts', () => {
  const cases: [announcement: Announcement, text: string][] = [
    [{ kind: 'paid', amount }, 'Đã nhận hai mươi lăm nghìn đồng'],
    [{ kind: 'paid', amount, expected: amount }, 'Đã nhận hai mươi lăm nghìn đồng'],
    [short, 'Chú ý: chuyển thiếu. Mới nhận hai trăm đồng trên hai trăm nghìn đồng'],
    [{ kind: 'late', amount }, 'Nhận muộn hai mươi lăm nghìn đồng'],
    [{ kind: 'summary', count: 3, amount }, 'Có 3 giao dịch khi mất mạng, tổng hai mươi lăm nghìn đồng'],
    [{ kind: 'test' }, 'Loa hoạt động tốt'],
    [{ kind: 'link', up: false }, 'Mất kết nối ngân hàng'],
    [{ kind: 'link', up: true }, 'Đã kết nối lại'],
  ]
  for (const [announcement, text] of cases) {
    test(`${announcement.kind}: ${text}`, () => assert.equal(announcementText(announcement, NORTH), text))
  }

  test('southern: the amount in southern words', () => {
    assert.equal(announcementText({ kind: 'paid', amount }, SOUTH), 'Đã nhận hai mươi lăm ngàn đồng')
    assert.match(announcementText(short, SOUTH), /trên hai trăm ngàn đồng$/)
  })
})

describe('English texts', () => {
  const cases: [announcement: Announcement, text: string][] = [
    [{ kind: 'paid', amount }, 'Received twenty-five thousand dong'],
    [{ kind: 'paid', amount: vnd(200) }, 'Received two hundred dong'],
    [short, 'Attention: not enough. Received only two hundred dong of two hundred thousand dong'],
    [{ kind: 'late', amount }, 'Received late twenty-five thousand dong'],
    [{ kind: 'summary', count: 1, amount }, '1 payment while offline, total twenty-five thousand dong'],
    [{ kind: 'summary', count: 2, amount }, '2 payments while offline, total twenty-five thousand dong'],
    [{ kind: 'test' }, 'The speaker works'],
    [{ kind: 'link', up: false }, 'Connection to the bank lost'],
    [{ kind: 'link', up: true }, 'Connected again'],
  ]
  for (const [announcement, text] of cases) {
    test(`${announcement.kind}: ${text}`, () => assert.equal(announcementText(announcement, ENGLISH), text))
  }
})

describe('money nobody had asked for', () => {
  test('it is said like any other, to the letter', () => {
    assert.equal(announcementText({ kind: 'paid', amount: vnd(200) }, NORTH), 'Đã nhận hai trăm đồng')
  })

  test('a small amount that was asked for is an ordinary one', () => {
    const paid: Announcement = { kind: 'paid', amount: vnd(500), expected: vnd(500) }
    assert.equal(announcementText(paid, NORTH), 'Đã nhận năm trăm đồng')
  })
})

describe('less room', () => {
  const bytes = (text: string) => Buffer.byteLength(text, 'utf8')

  test('a text that just fits stays; a byte less and it is said with digits, then with fewer words', () => {
    const full = 'Chú ý: chuyển thiếu. Mới nhận hai trăm đồng trên hai trăm nghìn đồng'
    const digits = 'Chú ý: chuyển thiếu. Mới nhận 200 đồng trên 200.000 đồng'
    const brief = 'Chuyển thiếu: 200 trên 200.000 đồng'
    assert.equal(announcementText(short, NORTH, bytes(full)), full)
    assert.equal(announcementText(short, NORTH, bytes(full) - 1), digits)
    assert.equal(announcementText(short, NORTH, bytes(digits) - 1), brief)
    assert.equal(announcementText(short, NORTH, bytes(brief) - 1), 'Chuyển thiếu')
  })

  test('digits are grouped as the language does', () => {
    const paid: Announcement = { kind: 'paid', amount: vnd(1_234_567) }
    assert.equal(announcementText(paid, NORTH, 40), 'Đã nhận 1.234.567 đồng')
    assert.equal(announcementText(paid, ENGLISH, 40), 'Received 1,234,567 dong')
  })

  test('where nothing fits it throws rather than cut', () => {
    assert.throws(() => announcementText({ kind: 'paid', amount }, NORTH, 5), RangeError)
  })

  const amounts = fc.oneof(fc.integer({ min: 0, max: 2000 }), fc.integer({ min: 0, max: 999_999_999_999 })).map(vnd)
  const announcements: fc.Arbitrary<Announcement> = fc.oneof(
    fc.record({ kind: fc.constant('paid' as const), amount: amounts }),
    fc.record({ kind: fc.constant('paid' as const), amount: amounts, expected: amounts }),
    fc.record({ kind: fc.constant('short' as const), amount: amounts, expected: amounts }),
    fc.record({ kind: fc.constant('late' as const), amount: amounts }),
    fc.record({ kind: fc.constant('summary' as const), count: fc.integer({ min: 1, max: 999_999 }), amount: amounts }),
    fc.record({ kind: fc.constant('test' as const) }),
    fc.record({ kind: fc.constant('link' as const), up: fc.boolean() }),
  )
  const voices = fc.constantFrom(NORTH, SOUTH, ENGLISH)
  const rooms = fc.integer({ min: 80, max: 500 })

  test('every announcement has a text of at most 80 bytes, and every room is kept', () => {
    fc.assert(
      fc.property(announcements, voices, rooms, (announcement, voice, room) => {
        const text = announcementText(announcement, voice, room)
        assert.ok(text.length > 0 && bytes(text) <= room, text)
      }),
      { numRuns: 2000 },
    )
  })

  test('less than asked never sounds like success, whatever the room', () => {
    const less = fc
      .tuple(amounts, amounts)
      .filter(([a, b]) => a !== b)
      .map(([a, b]) => ({ amount: vnd(Math.min(a, b)), expected: vnd(Math.max(a, b)) }))
    const kinds = fc.constantFrom('short' as const, 'paid' as const)
    fc.assert(
      fc.property(less, kinds, voices, fc.integer({ min: 16, max: 500 }), (money, kind, voice, room) => {
        const text = announcementText({ kind, ...money }, voice, room)
        assert.match(text, /^(Chú ý: chuyển thiếu|Chuyển thiếu|Attention: not enough|Not enough)/)
      }),
      { numRuns: 2000 },
    )
  })

  test('late money is called late, whatever the room', () => {
    fc.assert(
      fc.property(amounts, voices, rooms, (money, voice, room) => {
        assert.match(announcementText({ kind: 'late', amount: money }, voice, room), /muộn|Muộn|late|Late/)
      }),
      { numRuns: 2000 },
    )
  })
})

describe('calls', () => {
  test('ticket and counter are said as given', () => {
    const call = { ticket: 'A-105', counter: '2', callNumber: 1 }
    assert.equal(callText(call, 'vi'), 'Mời khách số A-105 đến quầy số 2')
    assert.equal(callText(call, 'en'), 'Customer number A-105, please come to counter 2')
  })

  test('without a counter only the ticket is called', () => {
    assert.equal(callText({ ticket: '007' }, 'vi'), 'Mời khách số 007')
    assert.equal(callText({ ticket: '007', counter: null, callNumber: 2 }, 'vi'), 'Mời khách số 007')
    assert.equal(callText({ ticket: '007', counter: '' }, 'en'), 'Customer number 007, please')
  })
})
