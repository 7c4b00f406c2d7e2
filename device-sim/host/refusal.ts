/**
 * Why the server will not do what it was asked. For a QR request nobody is told: one line in the server's log, and silence
 * on MQTT (VietQR server source).
 */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  /** The code inside the server, visible in its log only; null where its JSON reader or the code itself gave up. */
  readonly code: string | null

  constructor(code: string | null, reason: string) {
    super(reason)
    this.code = code
  }
}
