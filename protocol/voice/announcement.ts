/**
 * What a loudspeaker says. Each announcement has a full text and shorter ones that say the same; a text that does not
 * fit is replaced by a shorter one, never cut, for half an amount is another amount.
 *
 * Less money than asked never sounds like success: its texts begin with the warning, down to the shortest.
 */
import { groupDigits, type Vnd } from '../money.ts'
import { readAmount } from './amount.ts'
import { readAmountInEnglish } from './english.ts'

type Language = 'vi' | 'en'

/** `amount` of a short payment is what has come so far; `count` is a whole number of payments. */
export type Announcement =
  | { readonly kind: 'paid'; readonly amount: Vnd; readonly expected?: Vnd }
  | { readonly kind: 'short'; readonly amount: Vnd; readonly expected: Vnd }
  | { readonly kind: 'late'; readonly amount: Vnd }
  | { readonly kind: 'summary'; readonly count: number; readonly amount: Vnd }
  | { readonly kind: 'test' }
  | { readonly kind: 'link'; readonly up: boolean }

/** The full text first, then shorter ones. */
type Texts = readonly [string, ...string[]]
type Say = (amount: Vnd) => string

/**
 * The text to be spoken, amounts in words where they fit. `maxBytes` counts UTF-8; 80 are enough for any announcement.
 * Throws RangeError when not even the shortest text fits.
 */
export function announcementText(
  announcement: Announcement,
  voice: { readonly language: Language; readonly region: 'north' | 'south' },
  maxBytes = Number.POSITIVE_INFINITY,
): string {
  const told = truthful(announcement)
  const fits = (text: string): boolean => Buffer.byteLength(text, 'utf8') <= maxBytes
  const isVietnamese = voice.language === 'vi'
  const [full] = isVietnamese
    ? vietnamese(told, amount => readAmount(amount, voice.region))
    : english(told, readAmountInEnglish)
  // Nearly every text fits in full.
  if (fits(full)) return full
  const fitting = (isVietnamese ? vietnamese(told, withDots) : english(told, groupDigits)).find(fits)
  if (fitting === undefined)
    throw new RangeError(`no text for “${told.kind}” fits ${maxBytes} bytes; give it 80 or more`)
  return fitting
}

/** The text that calls a customer; ticket and counter are said as given (`A-105`, `2`). */
export function callText(
  call: { readonly ticket: string; readonly counter?: string | null | undefined; readonly callNumber?: number },
  language: Language,
): string {
  const { ticket, counter } = call
  const somewhere = counter !== undefined && counter !== null && counter !== ''
  if (language === 'vi') return somewhere ? `Mời khách số ${ticket} đến quầy số ${counter}` : `Mời khách số ${ticket}`
  return somewhere
    ? `Customer number ${ticket}, please come to counter ${counter}`
    : `Customer number ${ticket}, please`
}

function truthful(announcement: Announcement): Announcement {
  if (announcement.kind !== 'paid') return announcement
  const { amount, expected } = announcement
  return expected !== undefined && amount < expected ? { kind: 'short', amount, expected } : announcement
}

function vietnamese(told: Announcement, say: Say): Texts {
  switch (told.kind) {
    case 'paid': {
      const amount = say(told.amount)
      return [`Đã nhận ${amount} đồng`, `Nhận ${amount} đồng`]
    }
    case 'short':
      return [
        `Chú ý: chuyển thiếu. Mới nhận ${say(told.amount)} đồng trên ${say(told.expected)} đồng`,
        `Chuyển thiếu: ${say(told.amount)} trên ${say(told.expected)} đồng`,
        'Chuyển thiếu',
      ]
    case 'late':
      return [`Nhận muộn ${say(told.amount)} đồng`, `Muộn ${say(told.amount)} đồng`]
    case 'summary':
      return [
        `Có ${told.count} giao dịch khi mất mạng, tổng ${say(told.amount)} đồng`,
        `Mất mạng: ${told.count} giao dịch, ${say(told.amount)} đồng`,
      ]
    case 'test':
      return ['Loa hoạt động tốt']
    case 'link':
      return [told.up ? 'Đã kết nối lại' : 'Mất kết nối ngân hàng']
  }
}

function english(told: Announcement, say: Say): Texts {
  switch (told.kind) {
    case 'paid':
      return [`Received ${say(told.amount)} dong`]
    case 'short':
      return [
        `Attention: not enough. Received only ${say(told.amount)} dong of ${say(told.expected)} dong`,
        `Not enough: ${say(told.amount)} of ${say(told.expected)} dong`,
        'Not enough',
      ]
    case 'late':
      return [`Received late ${say(told.amount)} dong`, `Late: ${say(told.amount)} dong`]
    case 'summary':
      return [
        `${told.count} ${told.count === 1 ? 'payment' : 'payments'} while offline, total ${say(told.amount)} dong`,
        `Offline: ${told.count} paid, ${say(told.amount)} dong`,
      ]
    case 'test':
      return ['The speaker works']
    case 'link':
      return [told.up ? 'Connected again' : 'Connection to the bank lost']
  }
}

function withDots(amount: Vnd): string {
  return groupDigits(amount).replaceAll(',', '.')
}
