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
  /** Where this broker keeps the contract by other means. */
  readonly exceptions: {
    /** It answers what it denies as if it had done it: nobody is told, but nothing happens either. */
    readonly acknowledgesDenied: boolean
    /** A will anywhere below the own up/ is let in, not on up/status alone. */
    readonly willsAnywhereUp: boolean
  }
}
