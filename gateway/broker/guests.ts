/**
 * Those at the local broker that are no devices of the gateway's own kind and keep to other rules: VietQR's own boxes. The broker
 * does their packets; who they are and what they may do is said by the house they belong to, in `gateway/boxes/`.
 */
import type { Login } from './login.ts'

/** One connection of a guest, as its house sees it. */
export interface Visit {
  /** The QoS granted for exactly this topic; undefined where it is not subscribed to. */
  granted(topic: string): number | undefined
  /**
   * Puts one message on the wire, not retained; false when the guest cannot be reached on this topic.
   * @param numbered is told the packet id its acknowledgement will carry, before it can come; not called where none will come,
   * because the guest asked for QoS 0
   */
  deliver(topic: string, payload: string, numbered?: (packetId: number) => void): Promise<boolean>
  /**
   * Puts one message on the wire at QoS 0 though the guest has not subscribed to its topic. MQTT knows no such thing; it is for
   * hardware that takes whatever comes and cannot ask for it.
   */
  push(topic: string, payload: string): Promise<void>
  close(): void
}

/** What the house does with one connection. Nothing is called before `opened`; after `closed` nothing more. */
export interface Guest {
  /** A name for limits and the log. */
  readonly name: string
  opened(): void
  closed(): void
  mayPublish(topic: string): boolean
  maySubscribe(filter: string): boolean
  /** More subscriptions were granted. */
  subscribed(): void
  /** A rejection ends the connection. */
  said(topic: string, payload: Uint8Array): Promise<void>
  acknowledged(packetId: number): void
}

export interface GuestHouse {
  /**
   * Null: not one of this house. Else who it is, once it may come in.
   * @throws LoginRefusedError (as a rejection)
   */
  admit(login: Login, visit: Visit): Promise<Guest> | null
}
