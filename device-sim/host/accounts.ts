/** How the bank keeps an account: `mms` in its merchant service, which tells VietQR of each payment; `plain` outside it. */
export type AccountKind = 'mms' | 'plain'

/** An account VietQR knows. */
export interface Account {
  readonly kind: AccountKind
  readonly bankAccount: string
  /** Both kinds exist at `MB` only. */
  readonly bankCode: string
  /** Exactly as VietQR stores it: the checksum of a lookup depends on every letter. */
  readonly userBankName: string
}

/** One account of each kind, with numbers and names that are plainly invented. */
export const SAMPLE_ACCOUNTS: readonly Account[] = [
  { kind: 'mms', bankAccount: '9990000001', bankCode: 'MB', userBankName: 'NGUYEN VAN THU' },
  { kind: 'plain', bankAccount: '9990000002', bankCode: 'MB', userBankName: 'TRAN THI NGHIEM' },
]

/** The accounts VietQR knows, as the server looks them up. */
export class Accounts {
  readonly list: readonly Account[]

  constructor(list: readonly Account[]) {
    this.list = list
  }

  /** The account of a QR request: number and bank must both agree. */
  find(bankAccount: string, bankCode: string): Account | null {
    return this.list.find(known => known.bankAccount === bankAccount && known.bankCode === bankCode) ?? null
  }

  /** The account of a lookup or a payment: the first with that number, whatever its bank (VietQR server source). */
  byNumber(bankAccount: string): Account | null {
    return this.list.find(known => known.bankAccount === bankAccount) ?? null
  }
}
