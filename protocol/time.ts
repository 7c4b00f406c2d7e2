const VIETNAM_OFFSET_MS = 7 * 3_600_000
const SECONDS_BELOW = 1e11
/** 31 December 9999: later times have no four-digit year and are mistakes. */
const LATEST_MS = Date.UTC(9999, 11, 31, 23, 59, 59, 999) - VIETNAM_OFFSET_MS

/**
 * A time as the host writes it, in epoch milliseconds. The host uses three forms (VietQR documentation): the text
 * `dd/MM/yyyy HH:mm:ss` in Vietnam's time without saying so, seconds, and milliseconds; numbers also come as text.
 * 0 stands for "not yet", which as a text is `01/01/1970 07:00:00` (VietQR server source).
 * @returns null for what is missing, 0, before 1970 or no time at all: the host's times are shown, never relied on
 */
export function parseHostTime(value: unknown): number | null {
  if (typeof value === 'number') return fromNumber(value)
  if (typeof value !== 'string') return null
  const text = value.trim()
  return /^\d{1,17}(\.\d+)?$/.test(text) ? fromNumber(Number(text)) : fromVietnamText(text)
}

function fromNumber(value: number): number | null {
  return sensible(Math.round(value < SECONDS_BELOW ? value * 1000 : value))
}

function fromVietnamText(text: string): number | null {
  const parts = /^(\d\d)\/(\d\d)\/(\d{4}) (\d\d):(\d\d):(\d\d)$/.exec(text)
  if (parts === null) return null
  const [day = 0, month = 0, year = 0, hour = 0, minute = 0, second = 0] = parts.slice(1).map(Number)
  const local = Date.UTC(year, month - 1, day, hour, minute, second)
  // Date.UTC turns 31 February into 2 March and the year 99 into 1999; only a date that reads back the same was one.
  return vietnamText(local) === text ? sensible(local - VIETNAM_OFFSET_MS) : null
}

function vietnamText(local: number): string {
  const iso = new Date(local).toISOString()
  return `${iso.slice(8, 10)}/${iso.slice(5, 7)}/${iso.slice(0, 4)} ${iso.slice(11, 19)}`
}

function sensible(ms: number): number | null {
  return ms > 0 && ms <= LATEST_MS ? ms : null
}

/**
 * ISO 8601 in Vietnam's time: `2024-11-21T18:53:20.000+07:00`.
 * @param ms epoch milliseconds
 */
export function isoWithOffset(ms: number): string {
  return new Date(ms + VIETNAM_OFFSET_MS).toISOString().replace('Z', '+07:00')
}

/**
 * Whole seconds since 1970, as the messages to devices carry times.
 * @param ms epoch milliseconds
 */
export function epochSeconds(ms: number): number {
  return Math.floor(ms / 1000)
}

/**
 * The business day of a shop in Viet Nam, `YYYY-MM-DD`: ticket numbers begin anew with each.
 * @param ms epoch milliseconds
 */
export function businessDay(ms: number): string {
  return isoWithOffset(ms).slice(0, 10)
}

/**
 * `dd/MM/yyyy HH:mm:ss` in Vietnam's time, as the host writes it to boxes.
 * @param ms epoch milliseconds
 */
export function hostTimeText(ms: number): string {
  return vietnamText(ms + VIETNAM_OFFSET_MS)
}
