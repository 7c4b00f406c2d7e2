/**
 * The checksums VietQR asks for. Every one is the lower-case hex MD5 of parts set end to end, but of other parts each
 * time: one function per rule, none shared, so that no rule can slip into another's place.
 *
 * MD5 here is VietQR's choice and proves little; the box codes below are an encoding, not encryption. Whoever holds a
 * `boxId` or a `qrCertificate` holds the box key: treat both as secrets.
 */
import { createHash } from 'node:crypto'

function md5(text: string): string {
  return createHash('md5').update(text, 'utf8').digest('hex')
}

/**
 * Checksum of a transaction lookup over MQTT (VietQR documentation). `userBankName` is the holder's name exactly as
 * VietQR stores it: case, blanks and diacritics count. For an account VietQR does not know, it is the text `null`.
 */
export function lookupCheckSum(bankAccount: string, userBankName: string): string {
  return md5(bankAccount + userBankName)
}

/** Checksum of HTTP check-order: `username` is the API user, not the account's holder (VietQR documentation). */
export function checkOrderCheckSum(bankAccount: string, username: string): string {
  return md5(bankAccount + username)
}

/** Checksum of a refund; `amount` as it stands in the message, digits only (VietQR documentation). */
export function refundCheckSum(refund: {
  secretKey: string
  referenceNumber: string
  amount: string
  bankAccount: string
}): string {
  return md5(refund.secretKey + refund.referenceNumber + refund.amount + refund.bankAccount)
}

/** Checksum of HTTP Sync TID, which creates terminal codes (VietQR documentation). */
export function syncTidCheckSum(sync: { password: string; bankCode: string; bankAccount: string }): string {
  return md5(sync.password + sync.bankCode + sync.bankAccount)
}

/** Checksum of `/vqr/handle-box`; `mac` exactly as it stands in the message (VietQR server source). */
export function handleBoxCheckSum(mac: string, boxKey: string): string {
  return md5(mac + boxKey)
}

/** The `boxId` the host gives a box (VietQR server source). */
export function boxIdOf(boxCode: string, boxKey: string): string {
  return base64url(boxCode + boxKey)
}

/** The `qrCertificate` a box shows until a merchant has scanned it (VietQR server source). */
export function qrCertificateOf(boxCode: string, mac: string, boxKey: string): string {
  return `CERT-VVB-${base64url(boxCode + mac.replace(/[:.]/g, '') + boxKey)}`
}

/**
 * The box code a `boxId` carries, its terminal code in every topic; the key is not needed. Null when there is none, as
 * a newer host may give other ids: then the configured terminal code counts.
 */
export function boxCodeFromBoxId(boxId: string): string | null {
  if (!/^[A-Za-z0-9_-]+$/.test(boxId)) return null
  const code = Buffer.from(boxId, 'base64url').toString('latin1').slice(0, 9)
  return /^VVB[0-9]{6}$/.test(code) ? code : null
}

function base64url(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64url')
}
