/**
 * Vietnamese amounts in words, by the school standard. Each word has a clip id, the ASCII name under which a device may
 * store its recording; words that differ by tone only are told apart by a 2, as in `muoi` mười and `muoi2` mươi.
 *
 * From the highest group of three digits down, every group after the first spoken one has all three digits said, so
 * 1 005 is “một nghìn không trăm linh năm”. Groups of zeros are silent, with one exception: 1 000 500 is “một triệu
 * không nghìn năm trăm”, because “một triệu năm trăm” is what people say for 1 500 000.
 */
import type { Vnd } from '../money.ts'

type Region = 'north' | 'south'

const WORDS = {
  khong: 'không',
  mot: 'một',
  mot2: 'mốt',
  hai: 'hai',
  ba: 'ba',
  bon: 'bốn',
  tu: 'tư',
  nam: 'năm',
  lam: 'lăm',
  sau: 'sáu',
  bay: 'bảy',
  tam: 'tám',
  chin: 'chín',
  muoi: 'mười',
  muoi2: 'mươi',
  linh: 'linh',
  le: 'lẻ',
  tram: 'trăm',
  nghin: 'nghìn',
  ngan: 'ngàn',
  trieu: 'triệu',
  ty: 'tỷ',
} as const

type Clip = keyof typeof WORDS

const DIGITS = ['khong', 'mot', 'hai', 'ba', 'bon', 'nam', 'sau', 'bay', 'tam', 'chin'] as const
const REGIONS = { north: { zeroTens: 'linh', thousand: 'nghin' }, south: { zeroTens: 'le', thousand: 'ngan' } } as const

/** The amount in Vietnamese words, without the unit: 25 000 is “hai mươi lăm nghìn”. */
export function readAmount(amount: Vnd, region: Region): string {
  return clipsOf(amount, region)
    .map(clip => WORDS[clip])
    .join(' ')
}

/** The same words as clip ids, one a word, for devices that play recordings. */
export function amountClips(amount: Vnd, region: Region): string[] {
  return clipsOf(amount, region)
}

function clipsOf(amount: number, region: Region): Clip[] {
  if (amount === 0) return ['khong']
  const { thousand } = REGIONS[region]
  const billions = Math.floor(amount / 1e9)
  const millions = Math.floor(amount / 1e6) % 1000
  const thousands = Math.floor(amount / 1000) % 1000
  const units = amount % 1000
  const clips: Clip[] = []
  if (billions > 0) clips.push(...clipsOf(billions, region), 'ty')
  if (millions > 0) clips.push(...groupOf(millions, clips.length > 0, region), 'trieu')
  if (thousands > 0) clips.push(...groupOf(thousands, clips.length > 0, region), thousand)
  else if (clips.length > 0 && units > 0) clips.push('khong', thousand)
  if (units > 0) clips.push(...groupOf(units, clips.length > 0, region))
  return clips
}

/** Three digits, not all zero. `full`: something higher was spoken, so the hundreds are said even when they are zero. */
function groupOf(group: number, full: boolean, region: Region): Clip[] {
  const hundreds = Math.floor(group / 100)
  const tens = Math.floor(group / 10) % 10
  const units = group % 10
  const clips: Clip[] = []
  if (full || hundreds > 0) clips.push(digit(hundreds), 'tram')
  if (tens === 0) {
    if (units > 0 && clips.length > 0) clips.push(REGIONS[region].zeroTens)
  } else if (tens === 1) clips.push('muoi')
  else clips.push(digit(tens), 'muoi2')
  if (units > 0) clips.push(lastDigit(tens, units))
  return clips
}

function lastDigit(tens: number, units: number): Clip {
  if (units === 1 && tens >= 2) return 'mot2'
  if (units === 4 && tens >= 2) return 'tu'
  if (units === 5 && tens >= 1) return 'lam'
  return digit(units)
}

function digit(value: number): Clip {
  return DIGITS[value] ?? 'khong'
}
