/** The states of VietQR's server that are played, the newest last. */
export const BUILDS = [3, 4, 5] as const
export type Build = (typeof BUILDS)[number]

/** Where a build differs from the others (VietQR server source). */
export interface Traits {
  /** Whether it knows the bank's merchant service at all; else it answers `null` for its accounts. */
  readonly merchantService: boolean
  readonly mmsMostOrderId: number
  /** What the answer for an account of the merchant service says in `additionalData`. */
  readonly mmsAdditionalData: 'echoed' | 'empty'
  /** Whether a known BIDV account is answered, or only stored. */
  readonly bidvAnswered: boolean
  /** The answer's fields that are null for BIDV and other banks. */
  readonly unnamed: { readonly bidv: readonly string[]; readonly other: readonly string[] }
  /** Whether a plain account's order is stored by another thread behind the answer, or before it. */
  readonly storesLater: boolean
  readonly subTerminalCode: boolean
  /** Whether `vietqr/requestQR/…` is a second way to ask, answered on `vietqr/responseQR/…`. */
  readonly requestQr: boolean
  readonly testCallback: 'none' | 'settles an order' | 'invents a notice'
  /** Whether a box may send more than its MAC and checksum. Where the line runs is not known; the newest is the later one. */
  readonly boxFields: 'strict' | 'any'
}

const SECOND = { bidv: ['orderId'], other: ['orderId', 'serviceCode'] } as const

export const TRAITS: Readonly<Record<Build, Traits>> = {
  3: {
    merchantService: false,
    mmsMostOrderId: 0,
    mmsAdditionalData: 'echoed',
    bidvAnswered: false,
    unnamed: SECOND,
    storesLater: false,
    subTerminalCode: false,
    requestQr: false,
    testCallback: 'none',
    boxFields: 'strict',
  },
  4: {
    merchantService: true,
    mmsMostOrderId: 13,
    mmsAdditionalData: 'empty',
    bidvAnswered: false,
    unnamed: SECOND,
    storesLater: true,
    subTerminalCode: true,
    requestQr: true,
    testCallback: 'settles an order',
    boxFields: 'strict',
  },
  5: {
    merchantService: true,
    mmsMostOrderId: 22,
    mmsAdditionalData: 'echoed',
    bidvAnswered: true,
    unnamed: { bidv: [], other: [] },
    storesLater: true,
    subTerminalCode: true,
    requestQr: false,
    testCallback: 'invents a notice',
    boxFields: 'any',
  },
}
