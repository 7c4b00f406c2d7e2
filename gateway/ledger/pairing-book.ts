import type { DeviceKind } from '../../protocol/local/topics.ts'
import type { Actor } from './audit-trail.ts'
import type { ChangedDevice, NewDevice } from './registry-book.ts'

/** Why a window is over. `used`: the device has connected with its credentials. */
export type WindowEnd = 'used' | 'expired' | 'tries'

/** A pairing window as it is on disk; there is one at most. What its states mean stands in `gateway/devices/pairing-desk.ts`. */
export interface PairingWindow {
  readonly windowId: string
  readonly state: 'open' | 'asked' | 'contested' | 'confirmed' | 'over'
  readonly codeSalt: Uint8Array
  readonly codeHash: Uint8Array
  readonly terminalCode: string | null
  readonly openedAt: number
  readonly expiresAt: number
  readonly triesLeft: number
  /** Who asked first; null while nobody has. */
  readonly asker: PairingAsker | null
  /** Who asked with the same code afterwards. */
  readonly rival: Omit<PairingAsker, 'clientId'> | null
  readonly deviceId: string | null
  /** The answer with the credentials, readable with the code only. */
  readonly sealed: Uint8Array | null
  readonly end: WindowEnd | null
}

export interface PairingAsker {
  readonly clientId: string
  readonly serial: string
  readonly kind: DeviceKind
  readonly address: string
}

export type NewWindow = Pick<
  PairingWindow,
  'windowId' | 'codeSalt' | 'codeHash' | 'terminalCode' | 'openedAt' | 'expiresAt' | 'triesLeft'
>

/** Each method is one transaction with its entries in the audit trail; a window that is not the one named is left alone. */
export interface PairingBook {
  /** The newest window, also when it is over. */
  newest(): Promise<PairingWindow | null>
  /** Ends the one before. @throws RegistryError while a device that was confirmed has not come; when there is no such terminal */
  open(window: NewWindow, by: Actor): Promise<void>
  /** A wrong code. Returns the tries that are left; with none the window is over. */
  wrongCode(windowId: string, address: string, now: number): Promise<number>
  /** `another`: this asker has asked for something else before; nothing changes. */
  ask(windowId: string, asker: PairingAsker, now: number): Promise<'asked' | 'another' | 'contested'>
  /** Registers the device that asked. @throws RegistryError as for any new device */
  confirm(windowId: string, device: NewDevice, sealed: Uint8Array, expiresAt: number, by: Actor): Promise<void>
  /**
   * The window is over. A device that was confirmed and has never been heard with these credentials is taken out of the registry
   * again and returned: nobody has them. @param arrived the device is here with them
   */
  end(windowId: string, arrived: boolean, now: number): Promise<ChangedDevice | null>
}
