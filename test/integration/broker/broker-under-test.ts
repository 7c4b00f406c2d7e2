/** What a device said that reached the gateway. */
export interface Taken {
  readonly deviceId: string
  /** Without its root: `up/order`. */
  readonly path: string
  readonly text: string
}

export interface BrokerUnderTest {
  readonly port: number
  /** The password of one of `DEVICES`, all of which it knows. */
  password(deviceId: string): string
  /** The gateway says something; it may be that nobody hears it. `path` without the root of the device. */
  tell(deviceId: string, path: string, text: string): Promise<void>
  /** Everything the gateway has taken. */
  taken(): readonly Taken[]
  /** Resolves when the gateway has taken `count` messages, or rejects. */
  untilTaken(count: number): Promise<void>
  /** Where somebody can be let see everything. */
  readonly witness?: Witness
  /** Where this broker keeps the contract by other means. */
  readonly exceptions: {
    /**
     * It answers what it denies as if it had done it, and may end the link or not: nobody is told, but nothing happens either.
     * On a subscription it should have denied, a device hears what is its own all the same, and nothing else.
     */
    readonly acknowledgesDenied: boolean
    /** A will anywhere below the own up/ is let in, not on up/status alone. */
    readonly willsAnywhereUp: boolean
    /** The device id takes the place of every client id: none is refused, and a later link of a device ends the earlier one. */
    readonly replacesClientIds: boolean
  }
}

/** What a broker did with messages, told by somebody whom it denies nothing. */
export interface Witness {
  /** Everything passed on to anybody so far. */
  passedOn(): Promise<readonly Passed[]>
  /** What it keeps for those who come later. */
  retained(): Promise<readonly Passed[]>
}

export interface Passed {
  readonly topic: string
  readonly text: string
}
