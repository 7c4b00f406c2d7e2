/**
 * How VietQR and the bank keep an account:
 *
 *   mms       at MB, in the bank's merchant service, which tells VietQR of each payment
 *   plain     at MB, outside it
 *   bidv      at BIDV, linked with VietQR
 *   other     at any other bank: a code can be made and paid, and VietQR never hears of it
 *   unknown   exists at its bank, and VietQR does not know it
 */
export const ACCOUNT_KINDS = ['mms', 'plain', 'bidv', 'other', 'unknown'] as const
export type AccountKind = (typeof ACCOUNT_KINDS)[number]

/** An account people can pay to. */
export interface Account {
  readonly kind: AccountKind
  readonly bankAccount: string
  /** `MB` for the first two kinds, `BIDV` for the third. */
  readonly bankCode: string
  /** Exactly as VietQR stores it: the checksum of a lookup depends on every letter. */
  readonly userBankName: string
  /** Whether BIDV can make a virtual account for each code; else the answer is `null`. Default true. */
  readonly virtualAccount?: boolean | undefined
  /** To how many merchants it is linked: a simulated payment is made once for each. Default 1. */
  readonly merchantLinks?: number | undefined
}

/** One account of each kind at MB, with numbers and names that are plainly invented. */
export const SAMPLE_ACCOUNTS: readonly Account[] = [
  { kind: 'mms', bankAccount: '9990000001', bankCode: 'MB', userBankName: 'NGUYEN VAN THU' },
  { kind: 'plain', bankAccount: '9990000002', bankCode: 'MB', userBankName: 'TRAN THI NGHIEM' },
]

/** The accounts there are, as the server and the banks look them up. */
export class Accounts {
  readonly #known: readonly Account[]
  readonly #all: readonly Account[]

  constructor(list: readonly Account[]) {
    this.#all = list
    this.#known = list.filter(({ kind }) => kind !== 'unknown')
  }

  /** The account of a QR request: number and bank must both agree. */
  find(bankAccount: string, bankCode: string): Account | null {
    return this.#known.find(known => known.bankAccount === bankAccount && known.bankCode === bankCode) ?? null
  }

  /** The account of a lookup: the first VietQR knows with that number, whatever its bank (VietQR server source). */
  byNumber(bankAccount: string): Account | null {
    return this.#known.find(known => known.bankAccount === bankAccount) ?? null
  }

  /** The first account VietQR is told the money of. */
  linked(): Account | null {
    return this.#known.find(({ kind }) => kind !== 'other') ?? null
  }

  /** The account money can be sent to, whether or not VietQR knows it. */
  atBank(bankAccount: string): Account | null {
    return this.byNumber(bankAccount) ?? this.#all.find(account => account.bankAccount === bankAccount) ?? null
  }
}
