/**
 * The device bus: the one way to the boxes in the shop. The embedded broker implements it now, an external broker or a
 * cluster later, so it says nothing about packets, sessions or sockets.
 *
 * Terms. A **link** is one connection of a device. A link **holds down/** once one of its subscriptions below
 * `gw/v1/{deviceId}/down/` is acknowledged; only one link of a device does (contract §4). A device is **reachable**
 * while a link holds down/. A **path** is a topic without its root, such as `down/order` or `up/ack`.
 */
export interface DeviceBus {
  start(): Promise<void>
  stop(): Promise<void>

  /** Why no device can be reached now, in words for an operator; absent or null while there is no such reason. */
  readonly trouble?: string | null

  /** Where devices connect, once started: port 0 of the configuration is the port it was given. */
  addresses(): readonly BusAddress[]

  /** Whether a message on this path would reach the device's link now. */
  reaches(deviceId: string, path: string): boolean

  /** Whether the device has any open, authenticated link, whatever it subscribed to. */
  online(deviceId: string): boolean

  /**
   * Hands one message to the link that holds down/: QoS 1, not retained, never queued by the bus.
   * Resolves when it is on its way; that says nothing about its effect (that is what `up/ack` is for).
   * Rejects with NotReachableError when the device cannot be reached on this path.
   */
  send(deviceId: string, path: string, payload: string): Promise<void>

  /** Closes every link of the device, for example because it was removed or its password changed. */
  disconnect(deviceId: string): void
}

export interface BusAddress {
  readonly protocol: 'mqtt' | 'mqtts'
  readonly host: string
  readonly port: number
}

/** What the bus asks of, and tells to, the rest of the gateway. */
export interface DeviceBusOwner {
  /**
   * Whether this user name and password belong to an enabled device. The identity is the credential's, nothing else's.
   * Who asks for credentials comes as `pair/{clientId}`. `address` is where the connection comes from.
   */
  authenticate(username: string, password: Uint8Array, address: string): Promise<boolean>

  /**
   * One message from a device. Resolves once what matters of it is on disk: only then is the device told so (contract
   * §8.1). A rejection ends the connection, and the device says it again.
   */
  message(deviceId: string, path: string, payload: Uint8Array, retained: boolean): Promise<void>

  /** The device can now be told things: first subscription below down/ acknowledged, or a new link took over. */
  reachable(deviceId: string): void

  /** The device's first link opened or its last link closed. */
  presence(deviceId: string, online: boolean): void

  /** One link of the device took over from another that was still open. Not every broker can tell. */
  takenOver?(deviceId: string): void

  /** The device says more than is taken of it: what it says waits, and if it goes on its link is ended. */
  slowed(deviceId: string): void
}

export class NotReachableError extends Error {
  override readonly name = 'NotReachableError'
  readonly deviceId: string
  constructor(deviceId: string, path: string) {
    super(`device ${deviceId} is not connected or not subscribed to ${path}`)
    this.deviceId = deviceId
  }
}
